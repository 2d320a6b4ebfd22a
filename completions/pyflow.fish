# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_pyflow_global_optspecs
    string join \n C= format= color= no-input q/quiet v/verbose h/help V/version
end

function __fish_pyflow_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_pyflow_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_pyflow_using_subcommand
    set -l cmd (__fish_pyflow_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c pyflow -n "__fish_pyflow_needs_command" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_needs_command" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_needs_command" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_needs_command" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_needs_command" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_needs_command" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "setup" -d 'Learn, check and pin the review server of this clone'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "submit" -d 'Check the stack and send it for review; run again to update'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "status" -d 'Show where changes are, why they have not landed, and what to do next'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "list" -d 'List open changes of the project'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "vote" -d 'Vote for exactly the patch set that was looked at'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "approve" -d 'Give the votes that `.reviewconf` calls an approval'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "recheck" -d 'Run the checks, or the merge, of a change again, and say why'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "gate" -d 'Put a change into the gate, take it out, or put it at the head'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "patchcheck" -d 'Look for whitespace and other slips in the changed files'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "cla" -d 'Tell whose contributor agreement is missing; sign one where the server offers it'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "backport" -d 'Clone a change to other branches, and send the clones for review'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "ports" -d 'Show which fixes of maintenance branches lack a counterpart, and on which branch'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "undo" -d 'Take back the last move of a branch that pyflow made'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "news" -d 'Write, check, merge and release news fragments'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "auth" -d 'Store, remove or show the credentials for a server'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "serve" -d 'Run the embedded review server'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "demo" -d 'Play the workflow in a scratch folder, with a server of its own'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "completions" -d 'Print the completions for a shell'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "man" -d 'Write the manual pages'
complete -c pyflow -n "__fish_pyflow_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -l url -d 'URL of the review server, where no file names it' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -l project -d 'Project on the review server, where no file names it' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -l remote -d 'Git remote to use or create' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -l branch -d 'Branch that changes land on unless said otherwise' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -l user -d 'User name on the review server' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -l import -d 'Write a `.reviewconf` that says what `.gitreview` says'
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -s y -l yes -d 'Accept what was found without a question'
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -l check -d 'Change nothing; tell whether everything is in place'
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -s n -l dry-run -d 'Show what would be done'
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand setup" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -s t -l topic -d 'Group the changes under a topic' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l hashtag -d 'Add a hashtag (can be repeated)' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -s r -l reviewer -d 'Ask somebody, or a group, to review (can be repeated)' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l cc -d 'Let somebody, or a group, know (can be repeated)' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -s l -l label -d 'Vote with the upload: `Code-Review=-1` (can be repeated)' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -s m -l message -d 'Describe the patch set' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l notify -d 'Who gets mail' -r -f -a "none\t'Nobody'
owner\t'The owner'
owner-reviewers\t'Owner and reviewers'
all\t'Everybody who watches'"
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l base -d 'Commits up to here are not part of it, although the target lacks them (can be repeated)' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -s o -l push-option -d 'Push option for the server, as it is (can be repeated)' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l no-verify -d 'Leave a check out (can be repeated)' -r -f -a "subjects\t'`fixup!` and work-in-progress subjects'
committer\t'Addresses that the server will refuse'
patchcheck\t'Whitespace and rules of the project, as `pyflow patchcheck` has them'
merge\t'Whether it merges with the target'
news\t'Whether it brings the news fragment that it needs'
cla\t'Whether those who wrote it have signed the contributor agreement'
ports\t'Whether a fix of a maintenance branch has its counterpart on the default branch'"
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l remote -d 'Git remote of the review server' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l only -d 'Send only the newest commit; those below it must be on the server already'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -s n -l dry-run -d 'Show what would be done'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -s y -l yes -d 'Send more commits than `submit.max-stack` without a question'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l replace -d 'Go on although a newer patch set by somebody else would be replaced'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -s w -l wip -d 'Mark as work in progress'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l ready -d 'Mark as ready for review'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l private -d 'Show to the owner and reviewers only'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l no-private -d 'Show to everybody again'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l land -d 'Approve what was sent, as oneself where that is allowed, and follow it until it has landed'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand submit" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand status" -l until -d 'Watch until this; the exit code is the outcome\'s' -r -f -a "merged\t'Every change has landed, or will not'
tested\t'The checks have come to an end'
failed\t'A change has failed'"
complete -c pyflow -n "__fish_pyflow_using_subcommand status" -l timeout -d 'Watch no longer than this: `90s`, `15m`, `2h`' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand status" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand status" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand status" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand status" -l mine -d 'All my open changes in this project'
complete -c pyflow -n "__fish_pyflow_using_subcommand status" -l logs -d 'Read the logs of failed jobs, and show the lines that tell what failed'
complete -c pyflow -n "__fish_pyflow_using_subcommand status" -s w -l watch -d 'Look again and again, until every change has landed or has failed'
complete -c pyflow -n "__fish_pyflow_using_subcommand status" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand status" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand status" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand status" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -l reviewer -d 'Only those that this person reviews; `self` is you' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -l topic -d 'Only those of a topic' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -l branch -d 'Only those for a branch' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -l query -d 'In the server\'s own query language, added to the rest' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -l limit -d 'At most so many' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -l mine -d 'Only mine'
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand list" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand vote" -s m -l message -d 'Say something with it' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand vote" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand vote" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand vote" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand vote" -s n -l dry-run -d 'Show what would be done'
complete -c pyflow -n "__fish_pyflow_using_subcommand vote" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand vote" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand vote" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand vote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand vote" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand approve" -s m -l message -d 'Say something with it' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand approve" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand approve" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand approve" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand approve" -s n -l dry-run -d 'Show what would be done'
complete -c pyflow -n "__fish_pyflow_using_subcommand approve" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand approve" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand approve" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand approve" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand recheck" -s b -l bug -d 'The known bug that made it fail: a number, or its page\'s address' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand recheck" -s r -l reason -d 'What made it fail, in words' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand recheck" -l timeout -d 'Wait no longer than this until it shows' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand recheck" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand recheck" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand recheck" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand recheck" -s f -l force -d 'Ask although nothing has failed, or something still runs'
complete -c pyflow -n "__fish_pyflow_using_subcommand recheck" -s n -l dry-run -d 'Show what would be done'
complete -c pyflow -n "__fish_pyflow_using_subcommand recheck" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand recheck" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand recheck" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand recheck" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand recheck" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and not __fish_seen_subcommand_from enqueue dequeue promote help" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and not __fish_seen_subcommand_from enqueue dequeue promote help" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and not __fish_seen_subcommand_from enqueue dequeue promote help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and not __fish_seen_subcommand_from enqueue dequeue promote help" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and not __fish_seen_subcommand_from enqueue dequeue promote help" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and not __fish_seen_subcommand_from enqueue dequeue promote help" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and not __fish_seen_subcommand_from enqueue dequeue promote help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and not __fish_seen_subcommand_from enqueue dequeue promote help" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and not __fish_seen_subcommand_from enqueue dequeue promote help" -f -a "enqueue" -d 'Put a change into the gate'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and not __fish_seen_subcommand_from enqueue dequeue promote help" -f -a "dequeue" -d 'Take a change out of the gate'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and not __fish_seen_subcommand_from enqueue dequeue promote help" -f -a "promote" -d 'Merge it now: put a change at the head of its queue'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and not __fish_seen_subcommand_from enqueue dequeue promote help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from enqueue" -l pipeline -d 'Pipeline, where several merge' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from enqueue" -l timeout -d 'Wait no longer than this until it shows' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from enqueue" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from enqueue" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from enqueue" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from enqueue" -s y -l yes -d 'Go on without a question about what it costs others'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from enqueue" -s n -l dry-run -d 'Show what would be done'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from enqueue" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from enqueue" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from enqueue" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from enqueue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from enqueue" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from dequeue" -l pipeline -d 'Pipeline, where several merge' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from dequeue" -l timeout -d 'Wait no longer than this until it shows' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from dequeue" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from dequeue" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from dequeue" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from dequeue" -s y -l yes -d 'Go on without a question about what it costs others'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from dequeue" -s n -l dry-run -d 'Show what would be done'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from dequeue" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from dequeue" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from dequeue" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from dequeue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from dequeue" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from promote" -l pipeline -d 'Pipeline, where several merge' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from promote" -l timeout -d 'Wait no longer than this until it shows' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from promote" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from promote" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from promote" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from promote" -s y -l yes -d 'Go on without a question about what it costs others'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from promote" -s n -l dry-run -d 'Show what would be done'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from promote" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from promote" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from promote" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from promote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from promote" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "enqueue" -d 'Put a change into the gate'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "dequeue" -d 'Take a change out of the gate'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "promote" -d 'Merge it now: put a change at the head of its queue'
complete -c pyflow -n "__fish_pyflow_using_subcommand gate; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pyflow -n "__fish_pyflow_using_subcommand patchcheck" -l base -d 'Look at what differs from this commit' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand patchcheck" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand patchcheck" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand patchcheck" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand patchcheck" -l all -d 'Look at every file of the tree'
complete -c pyflow -n "__fish_pyflow_using_subcommand patchcheck" -l fix -d 'Repair what can be repaired'
complete -c pyflow -n "__fish_pyflow_using_subcommand patchcheck" -l check -d 'Write nothing, and exit with 1 where something has to be put right; for CI'
complete -c pyflow -n "__fish_pyflow_using_subcommand patchcheck" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand patchcheck" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand patchcheck" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand patchcheck" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand patchcheck" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and not __fish_seen_subcommand_from sign help" -l target -d 'Branch that the stack should land on' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and not __fish_seen_subcommand_from sign help" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and not __fish_seen_subcommand_from sign help" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and not __fish_seen_subcommand_from sign help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and not __fish_seen_subcommand_from sign help" -l refresh -d 'Ask again, also where an answer of the last hour is known'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and not __fish_seen_subcommand_from sign help" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and not __fish_seen_subcommand_from sign help" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and not __fish_seen_subcommand_from sign help" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and not __fish_seen_subcommand_from sign help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and not __fish_seen_subcommand_from sign help" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and not __fish_seen_subcommand_from sign help" -a "sign" -d 'Sign an agreement of the review server'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and not __fish_seen_subcommand_from sign help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and __fish_seen_subcommand_from sign" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and __fish_seen_subcommand_from sign" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and __fish_seen_subcommand_from sign" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and __fish_seen_subcommand_from sign" -s y -l yes -d 'Sign without a question: you have read the agreement'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and __fish_seen_subcommand_from sign" -s n -l dry-run -d 'Show what would be done'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and __fish_seen_subcommand_from sign" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and __fish_seen_subcommand_from sign" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and __fish_seen_subcommand_from sign" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and __fish_seen_subcommand_from sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and __fish_seen_subcommand_from sign" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and __fish_seen_subcommand_from help" -f -a "sign" -d 'Sign an agreement of the review server'
complete -c pyflow -n "__fish_pyflow_using_subcommand cla; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -s c -l change -d 'The change: number, `number,patchset`, URL, Change-Id, branch, commit or A..B [default: HEAD\'s]' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -s m -l mainline -d 'Of a merge commit, the parent that it is compared with, counted from 1' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l conflicts -d 'What to do with a conflict' -r -f -a "wait\t'It waits in a work tree of its own until a person has resolved it'
commit\t'It is sent as work in progress, with the conflict markers in it'"
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -s t -l topic -d 'Group the changes under a topic [default: the original\'s]' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l hashtag -d 'Add a hashtag (can be repeated)' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -s r -l reviewer -d 'Ask somebody, or a group, to review (can be repeated)' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l remote -d 'Git remote of the review server' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l continue -d 'Go on with what waits, once its conflict is resolved or the server answers again'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l skip -d 'Leave out the commit that conflicts, and go on'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l abort -d 'Give up what waits; it is kept under refs/pyflow/trash/'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l list -d 'Show what waits'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l stack -d 'Take all commits of the stack, not only the newest'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l all -d 'To every maintenance branch'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l security -d 'It is a security fix: security branches may get it'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l no-push -d 'Leave local branches, and send nothing'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l replace -d 'Go on although a newer patch set by somebody else would be replaced'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -s n -l dry-run -d 'Show what would be done'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand backport" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -l since -d 'Only what came after this tag or commit' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -l open -d 'What is under review for these branches, in place of what has landed'
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -s a -l all -d 'Show every fix, also those that are in order'
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -l check -d 'Exit with 1 where a fix has neither counterpart nor disclaimer; a gate\'s job checks its change'
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -l local -d 'Look only at what this clone has: fetch nothing, ask no server'
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -l markdown -d 'Print the report as Markdown'
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand ports" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand undo" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand undo" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand undo" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand undo" -s n -l dry-run -d 'Show what would be done'
complete -c pyflow -n "__fish_pyflow_using_subcommand undo" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand undo" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand undo" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand undo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand undo" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and not __fish_seen_subcommand_from add check merge release help" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and not __fish_seen_subcommand_from add check merge release help" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and not __fish_seen_subcommand_from add check merge release help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and not __fish_seen_subcommand_from add check merge release help" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and not __fish_seen_subcommand_from add check merge release help" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and not __fish_seen_subcommand_from add check merge release help" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and not __fish_seen_subcommand_from add check merge release help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and not __fish_seen_subcommand_from add check merge release help" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and not __fish_seen_subcommand_from add check merge release help" -f -a "add" -d 'Write a news fragment for a change, and stage it'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and not __fish_seen_subcommand_from add check merge release help" -f -a "check" -d 'Tell whether the stack has the fragment it needs, and whether its fragments are sound'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and not __fish_seen_subcommand_from add check merge release help" -f -a "merge" -d 'Write every entry, released or not, into one file'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and not __fish_seen_subcommand_from add check merge release help" -f -a "release" -d 'Turn the fragments into the news of a release'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and not __fish_seen_subcommand_from add check merge release help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -s i -l issue -d 'The issue: a number, or its page\'s address [default: from branch or subject]' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -s s -l section -d 'Section of the entry' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -s k -l type -d 'Type of the entry (towncrier)' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -l cve -d 'The CVE that it is about; the section is Security then' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -s m -l message -d 'Text of the entry' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -s F -l file -d 'Read the text from a file; `-` is standard input' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -s e -l edit -d 'Open the editor, also where a text is given or there is no terminal'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -l no-stage -d 'Leave the index as it is'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -s f -l force -d 'Write over a file that exists'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -s n -l dry-run -d 'Show what would be written'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from check" -l annotations -d 'Print the findings as this CI system\'s annotations' -r -f -a "github\t'GitHub Actions and Gitea Actions'"
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from check" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from check" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from check" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from check" -l staged -d 'Count what is staged as part of the change'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from check" -l all -d 'Look at every fragment of HEAD\'s tree, whoever brought it'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from check" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from merge" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from merge" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from merge" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from merge" -s f -l force -d 'Write over a file that exists'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from merge" -s n -l dry-run -d 'Show what would be done'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from merge" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from merge" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from merge" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from merge" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from release" -l date -d 'Date of the release, YYYY-MM-DD [default: today]' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from release" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from release" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from release" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from release" -l keep -d 'Leave the fragments where they are'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from release" -l no-stage -d 'Leave the index as it is'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from release" -s f -l force -d 'Write over the version\'s file where it exists'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from release" -s n -l dry-run -d 'Show what would be done'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from release" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from release" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from release" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from release" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from release" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from help" -f -a "add" -d 'Write a news fragment for a change, and stage it'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from help" -f -a "check" -d 'Tell whether the stack has the fragment it needs, and whether its fragments are sound'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from help" -f -a "merge" -d 'Write every entry, released or not, into one file'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from help" -f -a "release" -d 'Turn the fragments into the news of a release'
complete -c pyflow -n "__fish_pyflow_using_subcommand news; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -l role -d 'The server that it is about' -r -f -a "review\t'The review server'
gate\t'What merges changes'
cla\t'Who keeps the contributor agreements'"
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "login" -d 'Store a password or token, after the server has accepted it'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "logout" -d 'Remove what was stored'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "status" -d 'Show which credentials are in use, where they come from, and whether the server takes them'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from login" -l user -d 'User name on the server' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from login" -l role -d 'The server that it is about' -r -f -a "review\t'The review server'
gate\t'What merges changes'
cla\t'Who keeps the contributor agreements'"
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from login" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from login" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from login" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from login" -l with-token -d 'Read the password or token from standard input'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from login" -l insecure-storage -d 'Keep it in a file that only you can read, where there is no keyring'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from login" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from login" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from login" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from login" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from logout" -l role -d 'The server that it is about' -r -f -a "review\t'The review server'
gate\t'What merges changes'
cla\t'Who keeps the contributor agreements'"
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from logout" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from logout" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from logout" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from logout" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from logout" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from logout" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from logout" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from status" -l role -d 'The server that it is about' -r -f -a "review\t'The review server'
gate\t'What merges changes'
cla\t'Who keeps the contributor agreements'"
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from status" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from status" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from status" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "login" -d 'Store a password or token, after the server has accepted it'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "logout" -d 'Remove what was stored'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show which credentials are in use, where they come from, and whether the server takes them'
complete -c pyflow -n "__fish_pyflow_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -l dir -d 'Folder that holds the server\'s repositories, accounts and configuration' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -l listen -d 'Address and port to listen on; port 0 takes a free one' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -l ready-file -d 'Write the server\'s URL to this file once it answers' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -l canonical-url -d 'The https URL that people use, where a proxy stands in front' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -l import -d 'Take this repository over first, with its branches and tags; once it is here it is not read again' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -l project -d 'Name of the imported project [default: the folder\'s name]' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -f -a "init" -d 'Make the server\'s folder, and a project in it'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -f -a "user" -d 'Manage accounts'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -f -a "check-config" -d 'Look for mistakes in `server.toml`, `accounts.toml` and the repositories'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and not __fish_seen_subcommand_from init user check-config help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -l project -d 'Name of the project' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -l branch -d 'A branch to make; the first one is the default branch' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -l seed -d 'Begin with the branches and tags of this repository' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -l description -d 'One line about the project' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -l requirement -d 'A label whose approval is needed; none given: all' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -l contributor-agreement -d 'The agreement that contributors must have signed' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -l visible-to -d 'A group that can see the project; none given: everybody' -r
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -l submit-type -d 'How changes get onto their branch' -r -f -a "merge-always\t'A merge commit for every change'
merge-if-necessary\t'Fast-forward where possible'
rebase-if-necessary\t'The change\'s commit where possible, else a copy of it on the tip'
fast-forward-only\t'Only where the change is based on the tip'"
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -l dir -d 'Folder that holds the server\'s repositories, accounts and configuration' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -l closed-for-review -d 'Readable, but nothing can be pushed'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from init" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from user" -l dir -d 'Folder that holds the server\'s repositories, accounts and configuration' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from user" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from user" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from user" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from user" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from user" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from user" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from user" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from user" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from user" -f -a "add" -d 'Add an account and print its token, once'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from user" -f -a "token" -d 'Give an account a new token; the old one is void'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from user" -f -a "remove" -d 'Remove an account; what it did stays, with its name'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from user" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from check-config" -l dir -d 'Folder that holds the server\'s repositories, accounts and configuration' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from check-config" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from check-config" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from check-config" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from check-config" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from check-config" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from check-config" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from check-config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from check-config" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from help" -f -a "init" -d 'Make the server\'s folder, and a project in it'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from help" -f -a "user" -d 'Manage accounts'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from help" -f -a "check-config" -d 'Look for mistakes in `server.toml`, `accounts.toml` and the repositories'
complete -c pyflow -n "__fish_pyflow_using_subcommand serve; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pyflow -n "__fish_pyflow_using_subcommand demo" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand demo" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand demo" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand demo" -l keep -d 'Leave the server up and the folder in place, and tell what to try next'
complete -c pyflow -n "__fish_pyflow_using_subcommand demo" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand demo" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand demo" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand demo" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand completions" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand completions" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand completions" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand completions" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand completions" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand completions" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand man" -s C -d 'Run as if started in this folder' -r -F
complete -c pyflow -n "__fish_pyflow_using_subcommand man" -l format -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'One JSON document, described by a schema'"
complete -c pyflow -n "__fish_pyflow_using_subcommand man" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c pyflow -n "__fish_pyflow_using_subcommand man" -l no-input -d 'Never ask; fail, and name the option that answers'
complete -c pyflow -n "__fish_pyflow_using_subcommand man" -s q -l quiet -d 'Leave out notes and progress; the result, warnings and errors stay'
complete -c pyflow -n "__fish_pyflow_using_subcommand man" -s v -l verbose -d 'Show the git commands and HTTP requests'
complete -c pyflow -n "__fish_pyflow_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pyflow -n "__fish_pyflow_using_subcommand man" -s V -l version -d 'Print version'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "setup" -d 'Learn, check and pin the review server of this clone'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "submit" -d 'Check the stack and send it for review; run again to update'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "status" -d 'Show where changes are, why they have not landed, and what to do next'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "list" -d 'List open changes of the project'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "vote" -d 'Vote for exactly the patch set that was looked at'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "approve" -d 'Give the votes that `.reviewconf` calls an approval'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "recheck" -d 'Run the checks, or the merge, of a change again, and say why'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "gate" -d 'Put a change into the gate, take it out, or put it at the head'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "patchcheck" -d 'Look for whitespace and other slips in the changed files'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "cla" -d 'Tell whose contributor agreement is missing; sign one where the server offers it'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "backport" -d 'Clone a change to other branches, and send the clones for review'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "ports" -d 'Show which fixes of maintenance branches lack a counterpart, and on which branch'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "undo" -d 'Take back the last move of a branch that pyflow made'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "news" -d 'Write, check, merge and release news fragments'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "auth" -d 'Store, remove or show the credentials for a server'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "serve" -d 'Run the embedded review server'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "demo" -d 'Play the workflow in a scratch folder, with a server of its own'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "completions" -d 'Print the completions for a shell'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "man" -d 'Write the manual pages'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and not __fish_seen_subcommand_from setup submit status list vote approve recheck gate patchcheck cla backport ports undo news auth serve demo completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "enqueue" -d 'Put a change into the gate'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "dequeue" -d 'Take a change out of the gate'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from gate" -f -a "promote" -d 'Merge it now: put a change at the head of its queue'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from cla" -f -a "sign" -d 'Sign an agreement of the review server'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from news" -f -a "add" -d 'Write a news fragment for a change, and stage it'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from news" -f -a "check" -d 'Tell whether the stack has the fragment it needs, and whether its fragments are sound'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from news" -f -a "merge" -d 'Write every entry, released or not, into one file'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from news" -f -a "release" -d 'Turn the fragments into the news of a release'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "login" -d 'Store a password or token, after the server has accepted it'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "logout" -d 'Remove what was stored'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "status" -d 'Show which credentials are in use, where they come from, and whether the server takes them'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from serve" -f -a "init" -d 'Make the server\'s folder, and a project in it'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from serve" -f -a "user" -d 'Manage accounts'
complete -c pyflow -n "__fish_pyflow_using_subcommand help; and __fish_seen_subcommand_from serve" -f -a "check-config" -d 'Look for mistakes in `server.toml`, `accounts.toml` and the repositories'
