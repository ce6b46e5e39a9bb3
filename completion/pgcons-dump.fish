# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of fish for pgcons-dump. What there is to complete is asked of the program itself.

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
            complete -c pgcons-dump -l $name -x -a 'text slab all'
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
