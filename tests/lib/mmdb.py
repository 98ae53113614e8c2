"""Writes a small database of countries in MaxMind's format (its public specification, version 2.0)."""
import ipaddress
import struct


def encode(value):
    """One value of the data section; no pointers."""
    if isinstance(value, str):
        data, kind, size = value.encode(), 2, len(value.encode())
    elif isinstance(value, dict):
        data, kind, size = b"".join(encode(k) + encode(v) for k, v in value.items()), 7, len(value)
    elif isinstance(value, list):
        data, kind, size = b"".join(map(encode, value)), 11, len(value)
    else:  # a number and its type: 5, 6, 9 for 16, 32, 64 bits
        kind, number = value
        data = struct.pack(">Q", number).lstrip(b"\0")
        size = len(data)
    assert size < 29
    return (bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])) + data


def write_mmdb(path, countries):
    """`countries`: {"10.0.0.0/8": "CN", "2001:db8::/32": "FR"}."""
    tree, data, places = [[None, None]], b"", {}
    for network, country in countries.items():
        network = ipaddress.ip_network(network)
        bits = f"{int(network.network_address):0{network.max_prefixlen}b}"[:network.prefixlen]
        bits = "0" * 96 + bits if network.version == 4 else bits
        if country not in places:
            places[country] = len(data)
            data += encode({"country": {"iso_code": country}})
        at = 0
        for bit in bits[:-1]:
            if tree[at][int(bit)] is None:
                tree[at][int(bit)] = len(tree)
                tree.append([None, None])
            at = tree[at][int(bit)]
        tree[at][int(bits[-1])] = country
    count = len(tree)

    def record(entry):
        number = count if entry is None else count + 16 + places[entry] if isinstance(entry, str) else entry
        return struct.pack(">I", number)[1:]
    nodes = b"".join(record(e) for node in tree for e in node)
    metadata = {
        "binary_format_major_version": (5, 2), "binary_format_minor_version": (5, 0), "build_epoch": (9, 1),
        "database_type": "Test", "description": {"en": "x"}, "ip_version": (5, 6), "languages": ["en"],
        "node_count": (6, count), "record_size": (5, 24)}
    path.write_bytes(nodes + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encode(metadata))
