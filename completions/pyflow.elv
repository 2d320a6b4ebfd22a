
use builtin;
use str;

set edit:completion:arg-completer[pyflow] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'pyflow'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'pyflow'= {
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand setup 'Learn, check and pin the review server of this clone'
            cand submit 'Check the stack and send it for review; run again to update'
            cand status 'Show where changes are, why they have not landed, and what to do next'
            cand list 'List open changes of the project'
            cand vote 'Vote for exactly the patch set that was looked at'
            cand approve 'Give the votes that `.reviewconf` calls an approval'
            cand recheck 'Run the checks, or the merge, of a change again, and say why'
            cand gate 'Put a change into the gate, take it out, or put it at the head'
            cand patchcheck 'Look for whitespace and other slips in the changed files'
            cand cla 'Tell whose contributor agreement is missing; sign one where the server offers it'
            cand backport 'Clone a change to other branches, and send the clones for review'
            cand ports 'Show which fixes of maintenance branches lack a counterpart, and on which branch'
            cand undo 'Take back the last move of a branch that pyflow made'
            cand news 'Write, check, merge and release news fragments'
            cand auth 'Store, remove or show the credentials for a server'
            cand serve 'Run the embedded review server'
            cand demo 'Play the workflow in a scratch folder, with a server of its own'
            cand completions 'Print the completions for a shell'
            cand man 'Write the manual pages'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;setup'= {
            cand --url 'URL of the review server, where no file names it'
            cand --project 'Project on the review server, where no file names it'
            cand --remote 'Git remote to use or create'
            cand --branch 'Branch that changes land on unless said otherwise'
            cand --user 'User name on the review server'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --import 'Write a `.reviewconf` that says what `.gitreview` says'
            cand -y 'Accept what was found without a question'
            cand --yes 'Accept what was found without a question'
            cand --check 'Change nothing; tell whether everything is in place'
            cand -n 'Show what would be done'
            cand --dry-run 'Show what would be done'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;submit'= {
            cand -t 'Group the changes under a topic'
            cand --topic 'Group the changes under a topic'
            cand --hashtag 'Add a hashtag (can be repeated)'
            cand -r 'Ask somebody, or a group, to review (can be repeated)'
            cand --reviewer 'Ask somebody, or a group, to review (can be repeated)'
            cand --cc 'Let somebody, or a group, know (can be repeated)'
            cand -l 'Vote with the upload: `Code-Review=-1` (can be repeated)'
            cand --label 'Vote with the upload: `Code-Review=-1` (can be repeated)'
            cand -m 'Describe the patch set'
            cand --message 'Describe the patch set'
            cand --notify 'Who gets mail'
            cand --base 'Commits up to here are not part of it, although the target lacks them (can be repeated)'
            cand -o 'Push option for the server, as it is (can be repeated)'
            cand --push-option 'Push option for the server, as it is (can be repeated)'
            cand --no-verify 'Leave a check out (can be repeated)'
            cand --remote 'Git remote of the review server'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --only 'Send only the newest commit; those below it must be on the server already'
            cand -n 'Show what would be done'
            cand --dry-run 'Show what would be done'
            cand -y 'Send more commits than `submit.max-stack` without a question'
            cand --yes 'Send more commits than `submit.max-stack` without a question'
            cand --replace 'Go on although a newer patch set by somebody else would be replaced'
            cand -w 'Mark as work in progress'
            cand --wip 'Mark as work in progress'
            cand --ready 'Mark as ready for review'
            cand --private 'Show to the owner and reviewers only'
            cand --no-private 'Show to everybody again'
            cand --land 'Approve what was sent, as oneself where that is allowed, and follow it until it has landed'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;status'= {
            cand --until 'Watch until this; the exit code is the outcome''s'
            cand --timeout 'Watch no longer than this: `90s`, `15m`, `2h`'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --mine 'All my open changes in this project'
            cand --logs 'Read the logs of failed jobs, and show the lines that tell what failed'
            cand -w 'Look again and again, until every change has landed or has failed'
            cand --watch 'Look again and again, until every change has landed or has failed'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;list'= {
            cand --reviewer 'Only those that this person reviews; `self` is you'
            cand --topic 'Only those of a topic'
            cand --branch 'Only those for a branch'
            cand --query 'In the server''s own query language, added to the rest'
            cand --limit 'At most so many'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --mine 'Only mine'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;vote'= {
            cand -m 'Say something with it'
            cand --message 'Say something with it'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand -n 'Show what would be done'
            cand --dry-run 'Show what would be done'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;approve'= {
            cand -m 'Say something with it'
            cand --message 'Say something with it'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand -n 'Show what would be done'
            cand --dry-run 'Show what would be done'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;recheck'= {
            cand -b 'The known bug that made it fail: a number, or its page''s address'
            cand --bug 'The known bug that made it fail: a number, or its page''s address'
            cand -r 'What made it fail, in words'
            cand --reason 'What made it fail, in words'
            cand --timeout 'Wait no longer than this until it shows'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand -f 'Ask although nothing has failed, or something still runs'
            cand --force 'Ask although nothing has failed, or something still runs'
            cand -n 'Show what would be done'
            cand --dry-run 'Show what would be done'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;gate'= {
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand enqueue 'Put a change into the gate'
            cand dequeue 'Take a change out of the gate'
            cand promote 'Merge it now: put a change at the head of its queue'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;gate;enqueue'= {
            cand --pipeline 'Pipeline, where several merge'
            cand --timeout 'Wait no longer than this until it shows'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand -y 'Go on without a question about what it costs others'
            cand --yes 'Go on without a question about what it costs others'
            cand -n 'Show what would be done'
            cand --dry-run 'Show what would be done'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;gate;dequeue'= {
            cand --pipeline 'Pipeline, where several merge'
            cand --timeout 'Wait no longer than this until it shows'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand -y 'Go on without a question about what it costs others'
            cand --yes 'Go on without a question about what it costs others'
            cand -n 'Show what would be done'
            cand --dry-run 'Show what would be done'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;gate;promote'= {
            cand --pipeline 'Pipeline, where several merge'
            cand --timeout 'Wait no longer than this until it shows'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand -y 'Go on without a question about what it costs others'
            cand --yes 'Go on without a question about what it costs others'
            cand -n 'Show what would be done'
            cand --dry-run 'Show what would be done'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;gate;help'= {
            cand enqueue 'Put a change into the gate'
            cand dequeue 'Take a change out of the gate'
            cand promote 'Merge it now: put a change at the head of its queue'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;gate;help;enqueue'= {
        }
        &'pyflow;gate;help;dequeue'= {
        }
        &'pyflow;gate;help;promote'= {
        }
        &'pyflow;gate;help;help'= {
        }
        &'pyflow;patchcheck'= {
            cand --base 'Look at what differs from this commit'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --all 'Look at every file of the tree'
            cand --fix 'Repair what can be repaired'
            cand --check 'Write nothing, and exit with 1 where something has to be put right; for CI'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;cla'= {
            cand --target 'Branch that the stack should land on'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --refresh 'Ask again, also where an answer of the last hour is known'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand sign 'Sign an agreement of the review server'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;cla;sign'= {
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand -y 'Sign without a question: you have read the agreement'
            cand --yes 'Sign without a question: you have read the agreement'
            cand -n 'Show what would be done'
            cand --dry-run 'Show what would be done'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;cla;help'= {
            cand sign 'Sign an agreement of the review server'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;cla;help;sign'= {
        }
        &'pyflow;cla;help;help'= {
        }
        &'pyflow;backport'= {
            cand -c 'The change: number, `number,patchset`, URL, Change-Id, branch, commit or A..B [default: HEAD''s]'
            cand --change 'The change: number, `number,patchset`, URL, Change-Id, branch, commit or A..B [default: HEAD''s]'
            cand -m 'Of a merge commit, the parent that it is compared with, counted from 1'
            cand --mainline 'Of a merge commit, the parent that it is compared with, counted from 1'
            cand --conflicts 'What to do with a conflict'
            cand -t 'Group the changes under a topic [default: the original''s]'
            cand --topic 'Group the changes under a topic [default: the original''s]'
            cand --hashtag 'Add a hashtag (can be repeated)'
            cand -r 'Ask somebody, or a group, to review (can be repeated)'
            cand --reviewer 'Ask somebody, or a group, to review (can be repeated)'
            cand --remote 'Git remote of the review server'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --continue 'Go on with what waits, once its conflict is resolved or the server answers again'
            cand --skip 'Leave out the commit that conflicts, and go on'
            cand --abort 'Give up what waits; it is kept under refs/pyflow/trash/'
            cand --list 'Show what waits'
            cand --stack 'Take all commits of the stack, not only the newest'
            cand --all 'To every maintenance branch'
            cand --security 'It is a security fix: security branches may get it'
            cand --no-push 'Leave local branches, and send nothing'
            cand --replace 'Go on although a newer patch set by somebody else would be replaced'
            cand -n 'Show what would be done'
            cand --dry-run 'Show what would be done'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;ports'= {
            cand --since 'Only what came after this tag or commit'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --open 'What is under review for these branches, in place of what has landed'
            cand -a 'Show every fix, also those that are in order'
            cand --all 'Show every fix, also those that are in order'
            cand --check 'Exit with 1 where a fix has neither counterpart nor disclaimer; a gate''s job checks its change'
            cand --local 'Look only at what this clone has: fetch nothing, ask no server'
            cand --markdown 'Print the report as Markdown'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;undo'= {
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand -n 'Show what would be done'
            cand --dry-run 'Show what would be done'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;news'= {
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand add 'Write a news fragment for a change, and stage it'
            cand check 'Tell whether the stack has the fragment it needs, and whether its fragments are sound'
            cand merge 'Write every entry, released or not, into one file'
            cand release 'Turn the fragments into the news of a release'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;news;add'= {
            cand -i 'The issue: a number, or its page''s address [default: from branch or subject]'
            cand --issue 'The issue: a number, or its page''s address [default: from branch or subject]'
            cand -s 'Section of the entry'
            cand --section 'Section of the entry'
            cand -k 'Type of the entry (towncrier)'
            cand --type 'Type of the entry (towncrier)'
            cand --cve 'The CVE that it is about; the section is Security then'
            cand -m 'Text of the entry'
            cand --message 'Text of the entry'
            cand -F 'Read the text from a file; `-` is standard input'
            cand --file 'Read the text from a file; `-` is standard input'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand -e 'Open the editor, also where a text is given or there is no terminal'
            cand --edit 'Open the editor, also where a text is given or there is no terminal'
            cand --no-stage 'Leave the index as it is'
            cand -f 'Write over a file that exists'
            cand --force 'Write over a file that exists'
            cand -n 'Show what would be written'
            cand --dry-run 'Show what would be written'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;news;check'= {
            cand --annotations 'Print the findings as this CI system''s annotations'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --staged 'Count what is staged as part of the change'
            cand --all 'Look at every fragment of HEAD''s tree, whoever brought it'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;news;merge'= {
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand -f 'Write over a file that exists'
            cand --force 'Write over a file that exists'
            cand -n 'Show what would be done'
            cand --dry-run 'Show what would be done'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;news;release'= {
            cand --date 'Date of the release, YYYY-MM-DD [default: today]'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --keep 'Leave the fragments where they are'
            cand --no-stage 'Leave the index as it is'
            cand -f 'Write over the version''s file where it exists'
            cand --force 'Write over the version''s file where it exists'
            cand -n 'Show what would be done'
            cand --dry-run 'Show what would be done'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;news;help'= {
            cand add 'Write a news fragment for a change, and stage it'
            cand check 'Tell whether the stack has the fragment it needs, and whether its fragments are sound'
            cand merge 'Write every entry, released or not, into one file'
            cand release 'Turn the fragments into the news of a release'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;news;help;add'= {
        }
        &'pyflow;news;help;check'= {
        }
        &'pyflow;news;help;merge'= {
        }
        &'pyflow;news;help;release'= {
        }
        &'pyflow;news;help;help'= {
        }
        &'pyflow;auth'= {
            cand --role 'The server that it is about'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand login 'Store a password or token, after the server has accepted it'
            cand logout 'Remove what was stored'
            cand status 'Show which credentials are in use, where they come from, and whether the server takes them'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;auth;login'= {
            cand --user 'User name on the server'
            cand --role 'The server that it is about'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --with-token 'Read the password or token from standard input'
            cand --insecure-storage 'Keep it in a file that only you can read, where there is no keyring'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;auth;logout'= {
            cand --role 'The server that it is about'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;auth;status'= {
            cand --role 'The server that it is about'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;auth;help'= {
            cand login 'Store a password or token, after the server has accepted it'
            cand logout 'Remove what was stored'
            cand status 'Show which credentials are in use, where they come from, and whether the server takes them'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;auth;help;login'= {
        }
        &'pyflow;auth;help;logout'= {
        }
        &'pyflow;auth;help;status'= {
        }
        &'pyflow;auth;help;help'= {
        }
        &'pyflow;serve'= {
            cand --dir 'Folder that holds the server''s repositories, accounts and configuration'
            cand --listen 'Address and port to listen on; port 0 takes a free one'
            cand --ready-file 'Write the server''s URL to this file once it answers'
            cand --canonical-url 'The https URL that people use, where a proxy stands in front'
            cand --import 'Take this repository over first, with its branches and tags; once it is here it is not read again'
            cand --project 'Name of the imported project [default: the folder''s name]'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand init 'Make the server''s folder, and a project in it'
            cand user 'Manage accounts'
            cand check-config 'Look for mistakes in `server.toml`, `accounts.toml` and the repositories'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;serve;init'= {
            cand --project 'Name of the project'
            cand --branch 'A branch to make; the first one is the default branch'
            cand --seed 'Begin with the branches and tags of this repository'
            cand --description 'One line about the project'
            cand --requirement 'A label whose approval is needed; none given: all'
            cand --contributor-agreement 'The agreement that contributors must have signed'
            cand --visible-to 'A group that can see the project; none given: everybody'
            cand --submit-type 'How changes get onto their branch'
            cand --dir 'Folder that holds the server''s repositories, accounts and configuration'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --closed-for-review 'Readable, but nothing can be pushed'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;serve;user'= {
            cand --dir 'Folder that holds the server''s repositories, accounts and configuration'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand add 'Add an account and print its token, once'
            cand token 'Give an account a new token; the old one is void'
            cand remove 'Remove an account; what it did stays, with its name'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;serve;user;add'= {
            cand --full-name 'The person''s name'
            cand --email 'An address that commits may bear; the first one is shown'
            cand --group 'A group: core, release-managers, ci, or one of your own'
            cand --token-file 'Write the token to this file (mode 0600) instead of printing it'
            cand --dir 'Folder that holds the server''s repositories, accounts and configuration'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --token-stdin 'Read the token from standard input instead of making one'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;serve;user;token'= {
            cand --token-file 'Write the token to this file (mode 0600) instead of printing it'
            cand --dir 'Folder that holds the server''s repositories, accounts and configuration'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --token-stdin 'Read the token from standard input instead of making one'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;serve;user;remove'= {
            cand --dir 'Folder that holds the server''s repositories, accounts and configuration'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;serve;user;help'= {
            cand add 'Add an account and print its token, once'
            cand token 'Give an account a new token; the old one is void'
            cand remove 'Remove an account; what it did stays, with its name'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;serve;user;help;add'= {
        }
        &'pyflow;serve;user;help;token'= {
        }
        &'pyflow;serve;user;help;remove'= {
        }
        &'pyflow;serve;user;help;help'= {
        }
        &'pyflow;serve;check-config'= {
            cand --dir 'Folder that holds the server''s repositories, accounts and configuration'
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;serve;help'= {
            cand init 'Make the server''s folder, and a project in it'
            cand user 'Manage accounts'
            cand check-config 'Look for mistakes in `server.toml`, `accounts.toml` and the repositories'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;serve;help;init'= {
        }
        &'pyflow;serve;help;user'= {
            cand add 'Add an account and print its token, once'
            cand token 'Give an account a new token; the old one is void'
            cand remove 'Remove an account; what it did stays, with its name'
        }
        &'pyflow;serve;help;user;add'= {
        }
        &'pyflow;serve;help;user;token'= {
        }
        &'pyflow;serve;help;user;remove'= {
        }
        &'pyflow;serve;help;check-config'= {
        }
        &'pyflow;serve;help;help'= {
        }
        &'pyflow;demo'= {
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --keep 'Leave the server up and the folder in place, and tell what to try next'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;completions'= {
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;man'= {
            cand -C 'Run as if started in this folder'
            cand --format 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; fail, and name the option that answers'
            cand -q 'Leave out notes and progress; the result, warnings and errors stay'
            cand --quiet 'Leave out notes and progress; the result, warnings and errors stay'
            cand -v 'Show the git commands and HTTP requests'
            cand --verbose 'Show the git commands and HTTP requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'pyflow;help'= {
            cand setup 'Learn, check and pin the review server of this clone'
            cand submit 'Check the stack and send it for review; run again to update'
            cand status 'Show where changes are, why they have not landed, and what to do next'
            cand list 'List open changes of the project'
            cand vote 'Vote for exactly the patch set that was looked at'
            cand approve 'Give the votes that `.reviewconf` calls an approval'
            cand recheck 'Run the checks, or the merge, of a change again, and say why'
            cand gate 'Put a change into the gate, take it out, or put it at the head'
            cand patchcheck 'Look for whitespace and other slips in the changed files'
            cand cla 'Tell whose contributor agreement is missing; sign one where the server offers it'
            cand backport 'Clone a change to other branches, and send the clones for review'
            cand ports 'Show which fixes of maintenance branches lack a counterpart, and on which branch'
            cand undo 'Take back the last move of a branch that pyflow made'
            cand news 'Write, check, merge and release news fragments'
            cand auth 'Store, remove or show the credentials for a server'
            cand serve 'Run the embedded review server'
            cand demo 'Play the workflow in a scratch folder, with a server of its own'
            cand completions 'Print the completions for a shell'
            cand man 'Write the manual pages'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pyflow;help;setup'= {
        }
        &'pyflow;help;submit'= {
        }
        &'pyflow;help;status'= {
        }
        &'pyflow;help;list'= {
        }
        &'pyflow;help;vote'= {
        }
        &'pyflow;help;approve'= {
        }
        &'pyflow;help;recheck'= {
        }
        &'pyflow;help;gate'= {
            cand enqueue 'Put a change into the gate'
            cand dequeue 'Take a change out of the gate'
            cand promote 'Merge it now: put a change at the head of its queue'
        }
        &'pyflow;help;gate;enqueue'= {
        }
        &'pyflow;help;gate;dequeue'= {
        }
        &'pyflow;help;gate;promote'= {
        }
        &'pyflow;help;patchcheck'= {
        }
        &'pyflow;help;cla'= {
            cand sign 'Sign an agreement of the review server'
        }
        &'pyflow;help;cla;sign'= {
        }
        &'pyflow;help;backport'= {
        }
        &'pyflow;help;ports'= {
        }
        &'pyflow;help;undo'= {
        }
        &'pyflow;help;news'= {
            cand add 'Write a news fragment for a change, and stage it'
            cand check 'Tell whether the stack has the fragment it needs, and whether its fragments are sound'
            cand merge 'Write every entry, released or not, into one file'
            cand release 'Turn the fragments into the news of a release'
        }
        &'pyflow;help;news;add'= {
        }
        &'pyflow;help;news;check'= {
        }
        &'pyflow;help;news;merge'= {
        }
        &'pyflow;help;news;release'= {
        }
        &'pyflow;help;auth'= {
            cand login 'Store a password or token, after the server has accepted it'
            cand logout 'Remove what was stored'
            cand status 'Show which credentials are in use, where they come from, and whether the server takes them'
        }
        &'pyflow;help;auth;login'= {
        }
        &'pyflow;help;auth;logout'= {
        }
        &'pyflow;help;auth;status'= {
        }
        &'pyflow;help;serve'= {
            cand init 'Make the server''s folder, and a project in it'
            cand user 'Manage accounts'
            cand check-config 'Look for mistakes in `server.toml`, `accounts.toml` and the repositories'
        }
        &'pyflow;help;serve;init'= {
        }
        &'pyflow;help;serve;user'= {
            cand add 'Add an account and print its token, once'
            cand token 'Give an account a new token; the old one is void'
            cand remove 'Remove an account; what it did stays, with its name'
        }
        &'pyflow;help;serve;user;add'= {
        }
        &'pyflow;help;serve;user;token'= {
        }
        &'pyflow;help;serve;user;remove'= {
        }
        &'pyflow;help;serve;check-config'= {
        }
        &'pyflow;help;demo'= {
        }
        &'pyflow;help;completions'= {
        }
        &'pyflow;help;man'= {
        }
        &'pyflow;help;help'= {
        }
    ]
    $completions[$command]
}
