"""Reads security descriptors with libraries that share no code with ours. Takes JSON lines, gives JSON lines."""
import json
import sys


def winacl(request):
    from winacl.dtyp.security_descriptor import SECURITY_DESCRIPTOR

    sd = SECURITY_DESCRIPTOR.from_bytes(bytes.fromhex(request["bytes"]))

    def acl(acl):
        if acl is None:
            return None
        return [[a.AceType.value, int(a.AceFlags), int(a.Mask), str(a.Sid)] for a in acl.aces]

    return {
        "control": int(sd.Control),
        "owner": sd.Owner and str(sd.Owner),
        "group": sd.Group and str(sd.Group),
        "dacl": acl(sd.Dacl),
        "sacl": acl(sd.Sacl),
        "bytes": sd.to_bytes().hex(),
    }


def samba(request):
    from samba import NTSTATUSError, security as check
    from samba.dcerpc import security
    from samba.ndr import ndr_unpack

    sd = ndr_unpack(security.descriptor, bytes.fromhex(request["bytes"]))
    token = security.token()
    token.sids = [security.dom_sid(sid) for sid in request["sids"]]
    token.num_sids = len(request["sids"])
    try:
        granted = check.access_check(sd, token, request["wanted"])
        allowed = granted & request["wanted"] == request["wanted"]
    except NTSTATUSError:
        allowed = False
    return {"allowed": allowed}


answer = {"winacl": winacl, "samba": samba}[sys.argv[1]]
for line in open(sys.argv[2]):
    print(json.dumps(answer(json.loads(line))))
