package main

import (
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/nativehost/commands"
)

// names are the words that may come first.
func names() string {
	var all []string
	for _, c := range commands.All {
		all = append(all, c.Name)
	}
	return strings.Join(all, " ")
}

func options(c commands.Command) string {
	var all []string
	for _, o := range c.Options {
		all = append(all, "--"+o.Name)
	}
	return strings.Join(all, " ")
}

// bashCompletion completes by bash's own means: the package bash-completion need only load it.
func bashCompletion() []byte {
	var b strings.Builder
	b.WriteString(`# bash completion for eonay-host
_eonay_host() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words
    if [ "$COMP_CWORD" = 1 ]; then
        words="` + names() + `"
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
        return
    fi
    case $before in
        --lang) mapfile -t COMPREPLY < <(compgen -W "tr en" -- "$word"); return ;;
        --browser-dir|--root) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    esac
    case ${COMP_WORDS[1]} in
`)
	for _, c := range commands.All {
		words := strings.TrimSpace(strings.Join(c.Acts, " ") + " " + options(c))
		if c.Name == "help" {
			words = names() + " " + words
		}
		fmt.Fprintf(&b, "        %s) words=%q ;;\n", c.Name, words)
	}
	b.WriteString(`        *) return ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    if [ "${COMP_WORDS[1]}" = module ] && [ "$COMP_CWORD" = 3 ]; then
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -o filenames -F _eonay_host eonay-host
`)
	return []byte(b.String())
}

func zshCompletion() []byte {
	var b strings.Builder
	b.WriteString("#compdef eonay-host\n_arguments '1:command:(" + names() + ")' '*::argument:->argument'\ncase $words[1] in\n")
	for _, c := range commands.All {
		fmt.Fprintf(&b, "    %s) _arguments", c.Name)
		for _, o := range c.Options {
			fmt.Fprintf(&b, " '--%s[]%s'", o.Name, map[commands.Value]string{
				commands.Folder: ":folder:_directories", commands.Language: ":language:(tr en)"}[o.Value])
		}
		if len(c.Acts) > 0 {
			fmt.Fprintf(&b, " '1:act:(%s)' '2:file:_files'", strings.Join(c.Acts, " "))
		}
		if c.Name == "help" {
			fmt.Fprintf(&b, " '1:command:(%s)'", names())
		}
		b.WriteString(" ;;\n")
	}
	b.WriteString("esac\n")
	return []byte(b.String())
}

func fishCompletion() []byte {
	var b strings.Builder
	b.WriteString("# fish completion for eonay-host\ncomplete -c eonay-host -f\n")
	fmt.Fprintf(&b, "complete -c eonay-host -n __fish_use_subcommand -a '%s'\n", names())
	for _, c := range commands.All {
		seen := "'__fish_seen_subcommand_from " + c.Name + "'"
		for _, o := range c.Options {
			fmt.Fprintf(&b, "complete -c eonay-host -n %s -l %s%s\n", seen, o.Name, map[commands.Value]string{
				commands.Folder: " -r -a '(__fish_complete_directories)'", commands.Language: " -x -a 'tr en'"}[o.Value])
		}
		if len(c.Acts) > 0 {
			fmt.Fprintf(&b, "complete -c eonay-host -n %s -a '%s' -F\n", seen, strings.Join(c.Acts, " "))
		}
	}
	fmt.Fprintf(&b, "complete -c eonay-host -n '__fish_seen_subcommand_from help' -a '%s'\n", names())
	return []byte(b.String())
}
