
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'pyflow' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'pyflow'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'pyflow' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Learn, check and pin the review server of this clone')
            [CompletionResult]::new('submit', 'submit', [CompletionResultType]::ParameterValue, 'Check the stack and send it for review; run again to update')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show where changes are, why they have not landed, and what to do next')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List open changes of the project')
            [CompletionResult]::new('vote', 'vote', [CompletionResultType]::ParameterValue, 'Vote for exactly the patch set that was looked at')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Give the votes that `.reviewconf` calls an approval')
            [CompletionResult]::new('recheck', 'recheck', [CompletionResultType]::ParameterValue, 'Run the checks, or the merge, of a change again, and say why')
            [CompletionResult]::new('gate', 'gate', [CompletionResultType]::ParameterValue, 'Put a change into the gate, take it out, or put it at the head')
            [CompletionResult]::new('patchcheck', 'patchcheck', [CompletionResultType]::ParameterValue, 'Look for whitespace and other slips in the changed files')
            [CompletionResult]::new('cla', 'cla', [CompletionResultType]::ParameterValue, 'Tell whose contributor agreement is missing; sign one where the server offers it')
            [CompletionResult]::new('backport', 'backport', [CompletionResultType]::ParameterValue, 'Clone a change to other branches, and send the clones for review')
            [CompletionResult]::new('ports', 'ports', [CompletionResultType]::ParameterValue, 'Show which fixes of maintenance branches lack a counterpart, and on which branch')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Take back the last move of a branch that pyflow made')
            [CompletionResult]::new('news', 'news', [CompletionResultType]::ParameterValue, 'Write, check, merge and release news fragments')
            [CompletionResult]::new('auth', 'auth', [CompletionResultType]::ParameterValue, 'Store, remove or show the credentials for a server')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run the embedded review server')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Play the workflow in a scratch folder, with a server of its own')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;setup' {
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'URL of the review server, where no file names it')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Project on the review server, where no file names it')
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'Git remote to use or create')
            [CompletionResult]::new('--branch', '--branch', [CompletionResultType]::ParameterName, 'Branch that changes land on unless said otherwise')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'User name on the review server')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--import', '--import', [CompletionResultType]::ParameterName, 'Write a `.reviewconf` that says what `.gitreview` says')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Accept what was found without a question')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Accept what was found without a question')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Change nothing; tell whether everything is in place')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;submit' {
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Group the changes under a topic')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'Group the changes under a topic')
            [CompletionResult]::new('--hashtag', '--hashtag', [CompletionResultType]::ParameterName, 'Add a hashtag (can be repeated)')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Ask somebody, or a group, to review (can be repeated)')
            [CompletionResult]::new('--reviewer', '--reviewer', [CompletionResultType]::ParameterName, 'Ask somebody, or a group, to review (can be repeated)')
            [CompletionResult]::new('--cc', '--cc', [CompletionResultType]::ParameterName, 'Let somebody, or a group, know (can be repeated)')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Vote with the upload: `Code-Review=-1` (can be repeated)')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Vote with the upload: `Code-Review=-1` (can be repeated)')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Describe the patch set')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'Describe the patch set')
            [CompletionResult]::new('--notify', '--notify', [CompletionResultType]::ParameterName, 'Who gets mail')
            [CompletionResult]::new('--base', '--base', [CompletionResultType]::ParameterName, 'Commits up to here are not part of it, although the target lacks them (can be repeated)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Push option for the server, as it is (can be repeated)')
            [CompletionResult]::new('--push-option', '--push-option', [CompletionResultType]::ParameterName, 'Push option for the server, as it is (can be repeated)')
            [CompletionResult]::new('--no-verify', '--no-verify', [CompletionResultType]::ParameterName, 'Leave a check out (can be repeated)')
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'Git remote of the review server')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Send only the newest commit; those below it must be on the server already')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Send more commits than `submit.max-stack` without a question')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Send more commits than `submit.max-stack` without a question')
            [CompletionResult]::new('--replace', '--replace', [CompletionResultType]::ParameterName, 'Go on although a newer patch set by somebody else would be replaced')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Mark as work in progress')
            [CompletionResult]::new('--wip', '--wip', [CompletionResultType]::ParameterName, 'Mark as work in progress')
            [CompletionResult]::new('--ready', '--ready', [CompletionResultType]::ParameterName, 'Mark as ready for review')
            [CompletionResult]::new('--private', '--private', [CompletionResultType]::ParameterName, 'Show to the owner and reviewers only')
            [CompletionResult]::new('--no-private', '--no-private', [CompletionResultType]::ParameterName, 'Show to everybody again')
            [CompletionResult]::new('--land', '--land', [CompletionResultType]::ParameterName, 'Approve what was sent, as oneself where that is allowed, and follow it until it has landed')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;status' {
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Watch until this; the exit code is the outcome''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Watch no longer than this: `90s`, `15m`, `2h`')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--mine', '--mine', [CompletionResultType]::ParameterName, 'All my open changes in this project')
            [CompletionResult]::new('--logs', '--logs', [CompletionResultType]::ParameterName, 'Read the logs of failed jobs, and show the lines that tell what failed')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Look again and again, until every change has landed or has failed')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Look again and again, until every change has landed or has failed')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;list' {
            [CompletionResult]::new('--reviewer', '--reviewer', [CompletionResultType]::ParameterName, 'Only those that this person reviews; `self` is you')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'Only those of a topic')
            [CompletionResult]::new('--branch', '--branch', [CompletionResultType]::ParameterName, 'Only those for a branch')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'In the server''s own query language, added to the rest')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most so many')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--mine', '--mine', [CompletionResultType]::ParameterName, 'Only mine')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;vote' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Say something with it')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'Say something with it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;approve' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Say something with it')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'Say something with it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;recheck' {
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'The known bug that made it fail: a number, or its page''s address')
            [CompletionResult]::new('--bug', '--bug', [CompletionResultType]::ParameterName, 'The known bug that made it fail: a number, or its page''s address')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'What made it fail, in words')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'What made it fail, in words')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait no longer than this until it shows')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Ask although nothing has failed, or something still runs')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Ask although nothing has failed, or something still runs')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;gate' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('enqueue', 'enqueue', [CompletionResultType]::ParameterValue, 'Put a change into the gate')
            [CompletionResult]::new('dequeue', 'dequeue', [CompletionResultType]::ParameterValue, 'Take a change out of the gate')
            [CompletionResult]::new('promote', 'promote', [CompletionResultType]::ParameterValue, 'Merge it now: put a change at the head of its queue')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;gate;enqueue' {
            [CompletionResult]::new('--pipeline', '--pipeline', [CompletionResultType]::ParameterName, 'Pipeline, where several merge')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait no longer than this until it shows')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go on without a question about what it costs others')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go on without a question about what it costs others')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;gate;dequeue' {
            [CompletionResult]::new('--pipeline', '--pipeline', [CompletionResultType]::ParameterName, 'Pipeline, where several merge')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait no longer than this until it shows')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go on without a question about what it costs others')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go on without a question about what it costs others')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;gate;promote' {
            [CompletionResult]::new('--pipeline', '--pipeline', [CompletionResultType]::ParameterName, 'Pipeline, where several merge')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait no longer than this until it shows')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go on without a question about what it costs others')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go on without a question about what it costs others')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;gate;help' {
            [CompletionResult]::new('enqueue', 'enqueue', [CompletionResultType]::ParameterValue, 'Put a change into the gate')
            [CompletionResult]::new('dequeue', 'dequeue', [CompletionResultType]::ParameterValue, 'Take a change out of the gate')
            [CompletionResult]::new('promote', 'promote', [CompletionResultType]::ParameterValue, 'Merge it now: put a change at the head of its queue')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;gate;help;enqueue' {
            break
        }
        'pyflow;gate;help;dequeue' {
            break
        }
        'pyflow;gate;help;promote' {
            break
        }
        'pyflow;gate;help;help' {
            break
        }
        'pyflow;patchcheck' {
            [CompletionResult]::new('--base', '--base', [CompletionResultType]::ParameterName, 'Look at what differs from this commit')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Look at every file of the tree')
            [CompletionResult]::new('--fix', '--fix', [CompletionResultType]::ParameterName, 'Repair what can be repaired')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Write nothing, and exit with 1 where something has to be put right; for CI')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;cla' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Branch that the stack should land on')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Ask again, also where an answer of the last hour is known')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign an agreement of the review server')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;cla;sign' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Sign without a question: you have read the agreement')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Sign without a question: you have read the agreement')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;cla;help' {
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign an agreement of the review server')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;cla;help;sign' {
            break
        }
        'pyflow;cla;help;help' {
            break
        }
        'pyflow;backport' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The change: number, `number,patchset`, URL, Change-Id, branch, commit or A..B [default: HEAD''s]')
            [CompletionResult]::new('--change', '--change', [CompletionResultType]::ParameterName, 'The change: number, `number,patchset`, URL, Change-Id, branch, commit or A..B [default: HEAD''s]')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Of a merge commit, the parent that it is compared with, counted from 1')
            [CompletionResult]::new('--mainline', '--mainline', [CompletionResultType]::ParameterName, 'Of a merge commit, the parent that it is compared with, counted from 1')
            [CompletionResult]::new('--conflicts', '--conflicts', [CompletionResultType]::ParameterName, 'What to do with a conflict')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Group the changes under a topic [default: the original''s]')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'Group the changes under a topic [default: the original''s]')
            [CompletionResult]::new('--hashtag', '--hashtag', [CompletionResultType]::ParameterName, 'Add a hashtag (can be repeated)')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Ask somebody, or a group, to review (can be repeated)')
            [CompletionResult]::new('--reviewer', '--reviewer', [CompletionResultType]::ParameterName, 'Ask somebody, or a group, to review (can be repeated)')
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'Git remote of the review server')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--continue', '--continue', [CompletionResultType]::ParameterName, 'Go on with what waits, once its conflict is resolved or the server answers again')
            [CompletionResult]::new('--skip', '--skip', [CompletionResultType]::ParameterName, 'Leave out the commit that conflicts, and go on')
            [CompletionResult]::new('--abort', '--abort', [CompletionResultType]::ParameterName, 'Give up what waits; it is kept under refs/pyflow/trash/')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'Show what waits')
            [CompletionResult]::new('--stack', '--stack', [CompletionResultType]::ParameterName, 'Take all commits of the stack, not only the newest')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'To every maintenance branch')
            [CompletionResult]::new('--security', '--security', [CompletionResultType]::ParameterName, 'It is a security fix: security branches may get it')
            [CompletionResult]::new('--no-push', '--no-push', [CompletionResultType]::ParameterName, 'Leave local branches, and send nothing')
            [CompletionResult]::new('--replace', '--replace', [CompletionResultType]::ParameterName, 'Go on although a newer patch set by somebody else would be replaced')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;ports' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only what came after this tag or commit')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--open', '--open', [CompletionResultType]::ParameterName, 'What is under review for these branches, in place of what has landed')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Show every fix, also those that are in order')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Show every fix, also those that are in order')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Exit with 1 where a fix has neither counterpart nor disclaimer; a gate''s job checks its change')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Look only at what this clone has: fetch nothing, ask no server')
            [CompletionResult]::new('--markdown', '--markdown', [CompletionResultType]::ParameterName, 'Print the report as Markdown')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;undo' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;news' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Write a news fragment for a change, and stage it')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Tell whether the stack has the fragment it needs, and whether its fragments are sound')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Write every entry, released or not, into one file')
            [CompletionResult]::new('release', 'release', [CompletionResultType]::ParameterValue, 'Turn the fragments into the news of a release')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;news;add' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'The issue: a number, or its page''s address [default: from branch or subject]')
            [CompletionResult]::new('--issue', '--issue', [CompletionResultType]::ParameterName, 'The issue: a number, or its page''s address [default: from branch or subject]')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Section of the entry')
            [CompletionResult]::new('--section', '--section', [CompletionResultType]::ParameterName, 'Section of the entry')
            [CompletionResult]::new('-k', '-k', [CompletionResultType]::ParameterName, 'Type of the entry (towncrier)')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Type of the entry (towncrier)')
            [CompletionResult]::new('--cve', '--cve', [CompletionResultType]::ParameterName, 'The CVE that it is about; the section is Security then')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Text of the entry')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'Text of the entry')
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Read the text from a file; `-` is standard input')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read the text from a file; `-` is standard input')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Open the editor, also where a text is given or there is no terminal')
            [CompletionResult]::new('--edit', '--edit', [CompletionResultType]::ParameterName, 'Open the editor, also where a text is given or there is no terminal')
            [CompletionResult]::new('--no-stage', '--no-stage', [CompletionResultType]::ParameterName, 'Leave the index as it is')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Write over a file that exists')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write over a file that exists')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be written')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be written')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;news;check' {
            [CompletionResult]::new('--annotations', '--annotations', [CompletionResultType]::ParameterName, 'Print the findings as this CI system''s annotations')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--staged', '--staged', [CompletionResultType]::ParameterName, 'Count what is staged as part of the change')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Look at every fragment of HEAD''s tree, whoever brought it')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;news;merge' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Write over a file that exists')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write over a file that exists')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;news;release' {
            [CompletionResult]::new('--date', '--date', [CompletionResultType]::ParameterName, 'Date of the release, YYYY-MM-DD [default: today]')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave the fragments where they are')
            [CompletionResult]::new('--no-stage', '--no-stage', [CompletionResultType]::ParameterName, 'Leave the index as it is')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Write over the version''s file where it exists')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write over the version''s file where it exists')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;news;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Write a news fragment for a change, and stage it')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Tell whether the stack has the fragment it needs, and whether its fragments are sound')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Write every entry, released or not, into one file')
            [CompletionResult]::new('release', 'release', [CompletionResultType]::ParameterValue, 'Turn the fragments into the news of a release')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;news;help;add' {
            break
        }
        'pyflow;news;help;check' {
            break
        }
        'pyflow;news;help;merge' {
            break
        }
        'pyflow;news;help;release' {
            break
        }
        'pyflow;news;help;help' {
            break
        }
        'pyflow;auth' {
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'The server that it is about')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Store a password or token, after the server has accepted it')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Remove what was stored')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show which credentials are in use, where they come from, and whether the server takes them')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;auth;login' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'User name on the server')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'The server that it is about')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--with-token', '--with-token', [CompletionResultType]::ParameterName, 'Read the password or token from standard input')
            [CompletionResult]::new('--insecure-storage', '--insecure-storage', [CompletionResultType]::ParameterName, 'Keep it in a file that only you can read, where there is no keyring')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;auth;logout' {
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'The server that it is about')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;auth;status' {
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'The server that it is about')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;auth;help' {
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Store a password or token, after the server has accepted it')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Remove what was stored')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show which credentials are in use, where they come from, and whether the server takes them')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;auth;help;login' {
            break
        }
        'pyflow;auth;help;logout' {
            break
        }
        'pyflow;auth;help;status' {
            break
        }
        'pyflow;auth;help;help' {
            break
        }
        'pyflow;serve' {
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Folder that holds the server''s repositories, accounts and configuration')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Address and port to listen on; port 0 takes a free one')
            [CompletionResult]::new('--ready-file', '--ready-file', [CompletionResultType]::ParameterName, 'Write the server''s URL to this file once it answers')
            [CompletionResult]::new('--canonical-url', '--canonical-url', [CompletionResultType]::ParameterName, 'The https URL that people use, where a proxy stands in front')
            [CompletionResult]::new('--import', '--import', [CompletionResultType]::ParameterName, 'Take this repository over first, with its branches and tags; once it is here it is not read again')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Name of the imported project [default: the folder''s name]')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Make the server''s folder, and a project in it')
            [CompletionResult]::new('user', 'user', [CompletionResultType]::ParameterValue, 'Manage accounts')
            [CompletionResult]::new('check-config', 'check-config', [CompletionResultType]::ParameterValue, 'Look for mistakes in `server.toml`, `accounts.toml` and the repositories')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;serve;init' {
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Name of the project')
            [CompletionResult]::new('--branch', '--branch', [CompletionResultType]::ParameterName, 'A branch to make; the first one is the default branch')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Begin with the branches and tags of this repository')
            [CompletionResult]::new('--description', '--description', [CompletionResultType]::ParameterName, 'One line about the project')
            [CompletionResult]::new('--requirement', '--requirement', [CompletionResultType]::ParameterName, 'A label whose approval is needed; none given: all')
            [CompletionResult]::new('--contributor-agreement', '--contributor-agreement', [CompletionResultType]::ParameterName, 'The agreement that contributors must have signed')
            [CompletionResult]::new('--visible-to', '--visible-to', [CompletionResultType]::ParameterName, 'A group that can see the project; none given: everybody')
            [CompletionResult]::new('--submit-type', '--submit-type', [CompletionResultType]::ParameterName, 'How changes get onto their branch')
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Folder that holds the server''s repositories, accounts and configuration')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--closed-for-review', '--closed-for-review', [CompletionResultType]::ParameterName, 'Readable, but nothing can be pushed')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;serve;user' {
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Folder that holds the server''s repositories, accounts and configuration')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add an account and print its token, once')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Give an account a new token; the old one is void')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove an account; what it did stays, with its name')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;serve;user;add' {
            [CompletionResult]::new('--full-name', '--full-name', [CompletionResultType]::ParameterName, 'The person''s name')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'An address that commits may bear; the first one is shown')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'A group: core, release-managers, ci, or one of your own')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Write the token to this file (mode 0600) instead of printing it')
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Folder that holds the server''s repositories, accounts and configuration')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--token-stdin', '--token-stdin', [CompletionResultType]::ParameterName, 'Read the token from standard input instead of making one')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;serve;user;token' {
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Write the token to this file (mode 0600) instead of printing it')
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Folder that holds the server''s repositories, accounts and configuration')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--token-stdin', '--token-stdin', [CompletionResultType]::ParameterName, 'Read the token from standard input instead of making one')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;serve;user;remove' {
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Folder that holds the server''s repositories, accounts and configuration')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;serve;user;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add an account and print its token, once')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Give an account a new token; the old one is void')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove an account; what it did stays, with its name')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;serve;user;help;add' {
            break
        }
        'pyflow;serve;user;help;token' {
            break
        }
        'pyflow;serve;user;help;remove' {
            break
        }
        'pyflow;serve;user;help;help' {
            break
        }
        'pyflow;serve;check-config' {
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Folder that holds the server''s repositories, accounts and configuration')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;serve;help' {
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Make the server''s folder, and a project in it')
            [CompletionResult]::new('user', 'user', [CompletionResultType]::ParameterValue, 'Manage accounts')
            [CompletionResult]::new('check-config', 'check-config', [CompletionResultType]::ParameterValue, 'Look for mistakes in `server.toml`, `accounts.toml` and the repositories')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;serve;help;init' {
            break
        }
        'pyflow;serve;help;user' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add an account and print its token, once')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Give an account a new token; the old one is void')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove an account; what it did stays, with its name')
            break
        }
        'pyflow;serve;help;user;add' {
            break
        }
        'pyflow;serve;help;user;token' {
            break
        }
        'pyflow;serve;help;user;remove' {
            break
        }
        'pyflow;serve;help;check-config' {
            break
        }
        'pyflow;serve;help;help' {
            break
        }
        'pyflow;demo' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave the server up and the folder in place, and tell what to try next')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;completions' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;man' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail, and name the option that answers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and progress; the result, warnings and errors stay')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the git commands and HTTP requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'pyflow;help' {
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Learn, check and pin the review server of this clone')
            [CompletionResult]::new('submit', 'submit', [CompletionResultType]::ParameterValue, 'Check the stack and send it for review; run again to update')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show where changes are, why they have not landed, and what to do next')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List open changes of the project')
            [CompletionResult]::new('vote', 'vote', [CompletionResultType]::ParameterValue, 'Vote for exactly the patch set that was looked at')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Give the votes that `.reviewconf` calls an approval')
            [CompletionResult]::new('recheck', 'recheck', [CompletionResultType]::ParameterValue, 'Run the checks, or the merge, of a change again, and say why')
            [CompletionResult]::new('gate', 'gate', [CompletionResultType]::ParameterValue, 'Put a change into the gate, take it out, or put it at the head')
            [CompletionResult]::new('patchcheck', 'patchcheck', [CompletionResultType]::ParameterValue, 'Look for whitespace and other slips in the changed files')
            [CompletionResult]::new('cla', 'cla', [CompletionResultType]::ParameterValue, 'Tell whose contributor agreement is missing; sign one where the server offers it')
            [CompletionResult]::new('backport', 'backport', [CompletionResultType]::ParameterValue, 'Clone a change to other branches, and send the clones for review')
            [CompletionResult]::new('ports', 'ports', [CompletionResultType]::ParameterValue, 'Show which fixes of maintenance branches lack a counterpart, and on which branch')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Take back the last move of a branch that pyflow made')
            [CompletionResult]::new('news', 'news', [CompletionResultType]::ParameterValue, 'Write, check, merge and release news fragments')
            [CompletionResult]::new('auth', 'auth', [CompletionResultType]::ParameterValue, 'Store, remove or show the credentials for a server')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run the embedded review server')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Play the workflow in a scratch folder, with a server of its own')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pyflow;help;setup' {
            break
        }
        'pyflow;help;submit' {
            break
        }
        'pyflow;help;status' {
            break
        }
        'pyflow;help;list' {
            break
        }
        'pyflow;help;vote' {
            break
        }
        'pyflow;help;approve' {
            break
        }
        'pyflow;help;recheck' {
            break
        }
        'pyflow;help;gate' {
            [CompletionResult]::new('enqueue', 'enqueue', [CompletionResultType]::ParameterValue, 'Put a change into the gate')
            [CompletionResult]::new('dequeue', 'dequeue', [CompletionResultType]::ParameterValue, 'Take a change out of the gate')
            [CompletionResult]::new('promote', 'promote', [CompletionResultType]::ParameterValue, 'Merge it now: put a change at the head of its queue')
            break
        }
        'pyflow;help;gate;enqueue' {
            break
        }
        'pyflow;help;gate;dequeue' {
            break
        }
        'pyflow;help;gate;promote' {
            break
        }
        'pyflow;help;patchcheck' {
            break
        }
        'pyflow;help;cla' {
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign an agreement of the review server')
            break
        }
        'pyflow;help;cla;sign' {
            break
        }
        'pyflow;help;backport' {
            break
        }
        'pyflow;help;ports' {
            break
        }
        'pyflow;help;undo' {
            break
        }
        'pyflow;help;news' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Write a news fragment for a change, and stage it')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Tell whether the stack has the fragment it needs, and whether its fragments are sound')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Write every entry, released or not, into one file')
            [CompletionResult]::new('release', 'release', [CompletionResultType]::ParameterValue, 'Turn the fragments into the news of a release')
            break
        }
        'pyflow;help;news;add' {
            break
        }
        'pyflow;help;news;check' {
            break
        }
        'pyflow;help;news;merge' {
            break
        }
        'pyflow;help;news;release' {
            break
        }
        'pyflow;help;auth' {
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Store a password or token, after the server has accepted it')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Remove what was stored')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show which credentials are in use, where they come from, and whether the server takes them')
            break
        }
        'pyflow;help;auth;login' {
            break
        }
        'pyflow;help;auth;logout' {
            break
        }
        'pyflow;help;auth;status' {
            break
        }
        'pyflow;help;serve' {
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Make the server''s folder, and a project in it')
            [CompletionResult]::new('user', 'user', [CompletionResultType]::ParameterValue, 'Manage accounts')
            [CompletionResult]::new('check-config', 'check-config', [CompletionResultType]::ParameterValue, 'Look for mistakes in `server.toml`, `accounts.toml` and the repositories')
            break
        }
        'pyflow;help;serve;init' {
            break
        }
        'pyflow;help;serve;user' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add an account and print its token, once')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Give an account a new token; the old one is void')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove an account; what it did stays, with its name')
            break
        }
        'pyflow;help;serve;user;add' {
            break
        }
        'pyflow;help;serve;user;token' {
            break
        }
        'pyflow;help;serve;user;remove' {
            break
        }
        'pyflow;help;serve;check-config' {
            break
        }
        'pyflow;help;demo' {
            break
        }
        'pyflow;help;completions' {
            break
        }
        'pyflow;help;man' {
            break
        }
        'pyflow;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
