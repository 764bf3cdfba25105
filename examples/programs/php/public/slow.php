<?php
touch('/run/php/asked');
usleep(1000 * (int) ($_GET['ms'] ?? 0));
echo "answered\n";
