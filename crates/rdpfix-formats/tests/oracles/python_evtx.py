# Reads an event log with python-evtx, checks every checksum it knows, and prints each record's id and XML.
import sys
import Evtx.Evtx as evtx
import Evtx.Nodes as nodes
# It shows bytes in base64, and Windows in hexadecimal.
nodes.BinaryTypeNode.string = lambda node: node.binary().hex().upper()
with evtx.Evtx(sys.argv[1]) as log:
    header = log.get_file_header()
    assert header.verify(), "file header"
    for chunk in log.chunks():
        assert chunk.verify(), "chunk header"
        for record in chunk.records():
            assert record.verify(), "record"
            print("RECORD", record.record_num())
            print(record.xml())
