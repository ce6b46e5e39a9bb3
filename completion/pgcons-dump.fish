# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of fish for the three programs. What there is to complete is asked of them.

function __pgcons_dump_findings
    pgcons-dump --list-findings 2>/dev/null | string replace -r ' .*' ''
end

# The last of a list; what stands before it is kept.
function __pgcons_dump_list
    set -l before (commandline -ct | string replace -r '^--[a-z-]*=' '' | string replace -r '[^,]*$' '')
    __pgcons_dump_findings | string replace -r '^' "$before"
end

for option in (pgcons-dump --help 2>/dev/null | string match -ra -- '--[a-z][a-z-]*=?' | sort -u)
    set -l name (string trim -c '=-' -- $option)
    switch $option
        case '--color=' '--progress='
            complete -c pgcons-dump -l $name -x -a 'auto always never'
        case '--verify='
            complete -c pgcons-dump -l $name -x -a 'text slab areas cache tables tags all'
        case '--explain='
            complete -c pgcons-dump -l $name -x -a '(__pgcons_dump_findings)'
        case '--ignore=' '--only='
            complete -c pgcons-dump -l $name -x -a '(__pgcons_dump_list)'
        case '--debug-dir='
            complete -c pgcons-dump -l $name -x -a '(__fish_complete_directories)'
        case '*='
            complete -c pgcons-dump -l $name -r
        case '*'
            complete -c pgcons-dump -l $name
    end
end

for word in (pgcons-kdump --help 2>/dev/null | string replace -rf '.*pgcons-kdump ([a-z]+).*' '$1')
    complete -c pgcons-kdump -n __fish_use_subcommand -f -a $word
end
complete -c pgcons-kdump -n 'not __fish_use_subcommand' -f -a '(__fish_complete_directories)'

complete -c pgcons-fleet -n __fish_use_subcommand -f -a 'run report --help --version'
complete -c pgcons-fleet -n 'not __fish_use_subcommand' -f -a '(__fish_complete_directories)'
for command in run report
    for line in (pgcons-fleet $command --help 2>/dev/null | string match -r '^  --[a-z-]+(?: [A-Z]| \{[a-z,]*\})?')
        set -l name (string replace -r '^  --([a-z-]+).*' '$1' -- $line)
        set -l seen "__fish_seen_subcommand_from $command"
        set -l words (string match -r '\{(.*)\}' -- $line)
        if set -q words[2]
            complete -c pgcons-fleet -n $seen -l $name -x -a (string replace -a , ' ' -- $words[2])
        else if string match -qr ' [A-Z]$' -- $line
            complete -c pgcons-fleet -n $seen -l $name -r
        else
            complete -c pgcons-fleet -n $seen -l $name
        end
    end
end
