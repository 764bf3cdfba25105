module github.com/peios/peinit/clients/go

go 1.24
