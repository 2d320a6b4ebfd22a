"""What blurb itself makes of texts: one JSON document a line in, one out. Run by blurb's own Python."""

import json
import sys

from blurb import _blurb_file

_blurb_file.root = "."

for line in sys.stdin:
    asked = json.loads(line)
    try:
        blurbs = _blurb_file.Blurbs()
        blurbs.parse(asked["text"], metadata=dict(asked["metadata"]))
        answer = {"entries": [[dict(metadata), body] for metadata, body in blurbs]}
        if asked.get("save") and len(blurbs) == 1:
            copy = _blurb_file.Blurbs([(dict(blurbs[0][0]), blurbs[0][1])])
            answer["path"] = copy._extract_next_filename()
            answer["content"] = str(copy)
    except (Exception, AssertionError) as refusal:
        answer = {"refused": f"{type(refusal).__name__}: {refusal}"}
    print(json.dumps(answer), flush=True)
