"""Fills a fresh Gerrit with the accounts, rules and projects that the tests rely on.  Harmless when repeated.

    seed.py URL KEYS PROJECT_CONFIG

KEYS is the folder with one ssh key pair for each user, PROJECT_CONFIG the rules of All-Projects.
"""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

URL, KEYS, RULES = sys.argv[1:]
USERS = {'alice': 'Alice Able', 'bob': 'Bob Baker', 'carol': 'Carol Core', 'ci': 'Zuul CI'}
# The server is on this machine, whatever proxy the environment names.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def quote(text):
    return urllib.parse.quote(text, safe='')


def call(method, path, body=None, user='admin', password=None, ok=(), ctype='application/json'):
    """One REST call; (status, answer).  Ends the program on a failure that is not one of `ok`."""
    if isinstance(body, str):
        data = body.encode()
    else:
        data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + '/a' + path, data, method=method)
    secret = '%s:%s' % (user, password or user + '-pw')
    request.add_header('Authorization', 'Basic ' + base64.b64encode(secret.encode()).decode())
    if data is not None:
        request.add_header('Content-Type', ctype)
    try:
        with OPENER.open(request, timeout=60) as answer:
            code, text = answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        code, text = e.code, e.read().decode()
    if code >= 300 and code not in ok:
        raise SystemExit('%s %s: %s %s' % (method, path, code, text.strip()))
    text = text[4:] if text.startswith(")]}'") else text
    return code, (json.loads(text) if text.strip() and code < 300 else text)


def commit(project, ref, files, message):
    """One commit on top of a ref, pushed past review; nothing when all of it is there already."""
    with tempfile.TemporaryDirectory() as top:
        # An empty file and not /dev/null: a tool that runs as root may replace what it is told to write to.
        config, work = os.path.join(top, 'gitconfig'), os.path.join(top, 'work')
        open(config, 'w').close()
        os.mkdir(work)
        env = {k: v for k, v in os.environ.items() if not k.startswith('GIT_')}
        env.update(GIT_CONFIG_GLOBAL=config, GIT_CONFIG_NOSYSTEM='1', GIT_TERMINAL_PROMPT='0', NO_PROXY='*', no_proxy='*')
        remote = URL.replace('://', '://admin:admin-pw@') + '/a/' + project

        def git(*args, check=True):
            who = ('-c', 'user.name=Administrator', '-c', 'user.email=admin@example.com')
            done = subprocess.run(['git', *who, *args], cwd=work, env=env, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
            if check and done.returncode:
                raise SystemExit('git %s (%s): %s' % (args[0], project, done.stdout.strip()))
            return done.returncode

        git('init', '-q')
        git('fetch', '-q', remote, ref)
        git('checkout', '-q', 'FETCH_HEAD')
        for name, text in files.items():
            with open(os.path.join(work, name), 'w') as f:
                f.write(text)
        git('add', '-A')
        if git('diff', '--cached', '--quiet', check=False):
            git('commit', '-q', '-m', message)
            git('push', '-q', remote, 'HEAD:' + ref)


def rule(action):
    return {'action': action, 'force': False}


# `init` made admin with the password "secret".
if call('GET', '/accounts/self', ok=(401,))[0] == 401:
    call('PUT', '/accounts/self/password.http', {'http_password': 'admin-pw'}, password='secret')
call('DELETE', '/accounts/self/tokens/initialToken', ok=(404, 405))

for user, full in USERS.items():
    account = {'name': full, 'email': user + '@example.com', 'http_password': user + '-pw'}
    call('PUT', '/accounts/' + user, account, ok=(409,))
for user in ['admin', *USERS]:
    with open('%s/%s.pub' % (KEYS, user)) as f:
        key = f.read().strip()
    have = call('GET', '/accounts/%s/sshkeys' % user)[1]
    if key.split()[1] not in [k['encoded_key'] for k in have]:
        call('POST', '/accounts/%s/sshkeys' % user, key, ctype='text/plain')
for group, members in {'core-developers': ['carol', 'admin'], 'CLA-Signed': []}.items():
    call('PUT', '/groups/' + quote(group), {'visible_to_all': True, 'members': members}, ok=(409,))
call('PUT', '/groups/%s/members/ci' % quote('Service Users'))
uuid = {name: urllib.parse.unquote(group['id']) for name, group in call('GET', '/groups/')[1].items()}

with open(RULES) as f:
    needed = f.read()
old = tuple(int(x) for x in call('GET', '/config/server/version')[1].split('.')[:2]) < (3, 5)
rules = needed
if old:  # no submit requirements yet: the labels themselves block
    rules = rules.replace('function = NoBlock', 'function = MaxWithBlock')
if 'Blocked Users' not in uuid:  # older Gerrits have no such group
    rules = rules.replace('\tread = block group Blocked Users\n', '')
named = {**uuid, 'Anonymous Users': 'global:Anonymous-Users', 'Registered Users': 'global:Registered-Users',
         'Project Owners': 'global:Project-Owners'}
groups = '# UUID\tGroup Name\n#\n' + ''.join('%s\t%s\n' % (u, n) for n, u in named.items())
call('POST', '/projects/All-Projects/access',
     {'add': {'refs/meta/config': {'permissions': {'push': {'rules': {uuid['Administrators']: rule('ALLOW')}}}}}})
commit('All-Projects', 'refs/meta/config', {'project.config': rules, 'groups': groups},
       'Access, labels, submit requirements, agreement')

for project in ('proj-a', 'proj-b', 'solo', 'zuul-config', 'plain', 'cla-proj', 'locked', 'secret'):
    call('PUT', '/projects/' + project,
         {'create_empty_commit': True, 'branches': ['master'], 'description': project}, ok=(409,))
call('PUT', '/projects/cpython',
     {'create_empty_commit': True, 'branches': ['main', '3.14', '3.13', '3.4'], 'submit_type': 'REBASE_IF_NECESSARY'},
     ok=(409,))
for branch in ('3.14', '3.13', '3.4'):  # main keeps the empty commit: the branches part there
    commit('cpython', 'refs/heads/' + branch, {'VERSION': branch + '\n'}, 'Start of ' + branch)

# `plain` and `cla-proj` ask for Code-Review only.
for project in ('plain', 'cla-proj'):
    if old:  # the labels again, as NoBlock
        labels = re.findall(r'\[label "(?:Verified|Workflow)"\]\n(?:\t.*\n)+', needed)
        commit(project, 'refs/meta/config',
               {'project.config': '[access]\n\tinheritFrom = All-Projects\n' + ''.join(labels)},
               'Only Code-Review is needed')
        continue
    for name in ('Verified', 'Workflow'):
        call('PUT', '/projects/%s/submit_requirements/%s' % (project, name),
             {'name': name, 'applicability_expression': 'is:false', 'submittability_expression': 'is:true',
              'description': 'Not asked for in this project.'}, ok=(409,))
call('PUT', '/projects/cla-proj/config', {'use_contributor_agreements': 'TRUE'})
call('POST', '/projects/locked/access',
     {'add': {'refs/for/*': {'permissions': {'push': {'rules': {'global:Registered-Users': rule('BLOCK')}}}}}})
call('POST', '/projects/secret/access', {'add': {'refs/*': {'permissions': {'read': {'exclusive': True, 'rules': {
    'global:Anonymous-Users': rule('BLOCK'), uuid['core-developers']: rule('ALLOW'),
    uuid['Administrators']: rule('ALLOW')}}}}}})
call('PUT', '/accounts/self/agreements', {'name': 'PSF-CLA'}, user='alice', ok=(405,))  # 405: switched off
