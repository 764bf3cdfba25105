/** What a shell sources. They only ask `peiosctl __complete` and show what it says, so they need no change with the commands. */

const bash = String.raw`# Completions of peiosctl for bash. To have them in every shell:
#   peiosctl completion bash >/etc/bash_completion.d/peiosctl
_peiosctl() {
  local line word=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word") ;;
      :open) compopt -o nospace 2>/dev/null ;;
      *) COMPREPLY+=("\${line%%$'\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _peiosctl peiosctl
`;

const zsh = String.raw`#compdef peiosctl
# Completions of peiosctl for zsh. To have them in every shell, into a directory of $fpath:
#   peiosctl completion zsh >/usr/local/share/zsh/site-functions/_peiosctl
_peiosctl() {
  local line files='' word text
  local -a entries suffix
  for line in "\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) files=yes ;;
      :open) suffix=(-S '') ;;
      *)
        word=\${line%%$'\t'*} text=\${line#*$'\t'}
        entries+=("\${word//:/\\:}:$text")
        ;;
    esac
  done
  [[ -z $files ]] || { _files; return; }
  (( \${#entries} )) && _describe -t words peiosctl entries "\${suffix[@]}"
}
if [[ \${funcstack[1]} = _peiosctl ]]; then _peiosctl "$@"; else compdef _peiosctl peiosctl; fi
`;

const fish = `# Completions of peiosctl for fish. To have them in every shell:
#   peiosctl completion fish >/etc/fish/completions/peiosctl.fish
function __peiosctl_complete
    set -l words (commandline -opc)
    for line in ($words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path (commandline -ct)
            case :open
            case '*'
                echo $line
        end
    end
end
complete -c peiosctl -f -a '(__peiosctl_complete)'
`;

/** Backslashes before a dollar are those of the template. */
const unescaped = (text: string): string => text.replaceAll('\\${', '${');

export const completionScript = (shell: 'bash' | 'zsh' | 'fish'): string => unescaped({ bash, zsh, fish }[shell]);
