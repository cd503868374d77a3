"""Whether the plots' values are those of bench/results: plots.py FOLDER.  Prints each plot that is right."""
import re, sys
import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"


def read(name):
    return open("bench/results/" + name, encoding="utf8").read()


def number(pattern, text):
    return re.findall(pattern, text, re.M)


amd, archive, secrecy, scale, fleet = (
    read(name + ".txt") for name in ("amd-epyc", "archive-amd-epyc", "secrecy-amd-epyc", "scale-amd-epyc", "fleet"))
to_files = [amd.split("\n%d MB to files, HTTP/1.1" % size)[1].split("\n\n")[0] for size in (1, 10, 40)]
N = r"([\d.]+)"
ROW = r"^%s +" + r"\S+ +" * 3 + N + r" +\S+$"
PEAK = r"^%s .* " + N + "$"
decoded = lambda who: number("^" + re.escape(who) + (r" +\S+ +" + N) * 3, amd)[0]
of_plain = r"^%s +.*\)  +" + N + r" \(" + N + " to " + N + r"\)"
three = r"^ *%s +" + N + " +" + N + " +" + N
seconds = [number("^%s +" % who + N + r" \(" + N + " to " + N, archive)[0]
           for who in ("floor, all bytes hashed", "floor, media alone hashed", "facequery")]
small, million = scale.split("A million bundles over")


def grown(label, memory):
    cells = number("^%s +(.*)" % label, small)[0].split()
    last = number("^%s +(.*)" % label, million)[0].split()
    return [cells[i + memory] for i in (1, 4, 7)] + [last[memory]]


ours = ["facequery, Lua 5.4", "facequery, LuaJIT"]
peers = ["luasec, cjson, mime, Lua 5.4", "luasec, cjson, mime, LuaJIT", "lua-curl, cjson, mime, LuaJIT"]
loads = secrecy.split("\nLoad ")[1:3]
purge = r"purge the \d+ of the first day"
last_add, last_look = "each of the next, alone", "each of the next"
expected = {
    "query": [number(ROW % who, text)[0] for text in to_files for who in ours + peers],
    "memory": [number(PEAK % re.escape(who), text)[0] for who in
               (ours[0], peers[0], peers[2], "curl | jq | base64 -d") for text in to_files],
    "decode": [value for who in (
        "memcpy of 3/4 as many bytes", "the decoder in C", "facequery.decode_media, LuaJIT",
        "facequery.decode_media, Lua 5.4", "OpenSSL's EVP_DecodeBlock", "mime.unb64, Lua 5.4",
        "mime.unb64, LuaJIT") for value in decoded(who)],
    "archive": [tuple("%.1f" % (2000 / float(row[i])) for i in (0, 2, 1)) for row in seconds]
    + [number(three % (time + " ms"), archive)[0] for time in ("0", "2", "5", "20")]
    + [number(three % count, archive)[0] for count in ("1", "2", "4")],
    "encryption": [number(of_plain % who, text)[0] for text in loads for who in (
        "a plain archive and those bytes, no keys", "for RSA-3072", "for P-256", "for both")],
    "scale": [value for label in ("verify", purge, "count", last_add, last_look, "begin a run")
              for value in grown(label, 0)],
    "scale-memory": [value for label in (purge, "verify", "count", last_add) for value in grown(label, 1)],
    "fleet": [row[i] for i in (1, 0) for row in number(
        r"^ +\d\.\d\d .* " + N + r" h +\d+ +\d+ +\d+ +" + N + " h$", fleet)],
}
for name, values in sorted(expected.items()):
    tree = ET.parse("%s/%s.svg" % (sys.argv[1], name))
    found = []
    for mark in list(tree.iter(SVG + "rect")) + list(tree.iter(SVG + "circle")):
        title = mark.find(SVG + "title")
        if title is not None:
            value, least, most = re.search(r": ([\d.]+)(?: \(([\d.]+) to ([\d.]+)\))?$", title.text).groups()
            found.append((value, least, most) if least else value)
    assert found == values, (name, found, values)
    print(name)
