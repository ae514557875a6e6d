# Completion of web(1) for bash.

_web() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]}
    local verbs="serve check cards roles institutions officers jobs backup migrate copy audit rp verify trust extend sandbox version help"
    local flags=""
    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 ]]; then
        COMPREPLY=($(compgen -W "$verbs" -- "$word"))
        return
    fi
    case $verb in
        cards) verb+=" ${COMP_WORDS[2]}"; [[ $COMP_CWORD -eq 2 ]] && flags="import" ;;
        roles) verb+=" ${COMP_WORDS[2]}"; [[ $COMP_CWORD -eq 2 ]] && flags="grant revoke list" ;;
        institutions) verb+=" ${COMP_WORDS[2]}"; [[ $COMP_CWORD -eq 2 ]] && flags="set end list" ;;
        officers) verb+=" ${COMP_WORDS[2]}"; [[ $COMP_CWORD -eq 2 ]] && flags="grant revoke list" ;;
        jobs) verb+=" ${COMP_WORDS[2]}"; [[ $COMP_CWORD -eq 2 ]] && flags="list retry" ;;
        rp) verb+=" ${COMP_WORDS[2]}"; [[ $COMP_CWORD -eq 2 ]] && flags="serve check key" ;;
        trust) verb+=" ${COMP_WORDS[2]}"; [[ $COMP_CWORD -eq 2 ]] && flags="update" ;;
        help) flags=$verbs ;;
    esac
    if [[ -n $flags ]]; then
        COMPREPLY=($(compgen -W "$flags" -- "$word"))
        return
    fi
    case $verb in
        serve | "cards import" | "roles list" | "institutions list" | "officers list" | "jobs retry" | "rp serve") flags="-config" ;;
        "jobs list") flags="-config -waiting" ;;
        "roles grant") flags="-config -role -until" ;;
        "roles revoke") flags="-config -role" ;;
        "institutions set") flags="-config -id -name -english -terms -until" ;;
        "institutions end") flags="-config -id" ;;
        "officers grant") flags="-config -institution -until" ;;
        "officers revoke") flags="-config -institution" ;;
        check) flags="-config -certificate -json -en" ;;
        "rp check") flags="-config -json -en" ;;
        backup) flags="-config check" ;;
        migrate) flags="-config -owner -role" ;;
        copy) flags="-from -to -owner" ;;
        audit) flags="-config -database -heads -key -anchors" ;;
        verify) flags="-content -anchors -with -policy -at -online -json -en" ;;
        "trust update") flags="-config -en" ;;
        extend) flags="-level -o -tsa -authorities -signature -content -anchors -with -policy -online -json -en" ;;
        sandbox) flags="-state -listen -portal -portal-listen" ;;
    esac
    case $previous in
        -level) COMPREPLY=($(compgen -W "T LT LTA XL P2 P3 P4" -- "$word")); return ;;
        -role) [[ $verb == roles* ]] && COMPREPLY=($(compgen -W "reviewer producer courier status editor administrator" -- "$word")); return ;;
        -until | -id | -name | -english | -terms | -institution | -at | -tsa | -signature | -listen | -portal | -portal-listen) return ;;
        -state) COMPREPLY=($(compgen -d -- "$word")); return ;;
        -*[a-z]) [[ $previous == -json || $previous == -en || $previous == -online ]] || { COMPREPLY=($(compgen -f -- "$word")); return; } ;;
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$flags" -- "$word"))
    else
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}
complete -o filenames -F _web web
