# SPDX-License-Identifier: Apache-2.0
"""The table for people and the plot of wall time against image size."""

COLUMNS = (("work", 18), ("subject", 23), ("size_mib", 9), ("wall_ms", 10), ("spread_ms", 18),
           ("cpu_ms", 9), ("server_cpu_ms", 14), ("peak_rss_mib", 13), ("ratio_to_curl", 14))


def print_table(rows):
    print("".join(f"{name:<{width}}" for name, width in COLUMNS).rstrip())
    for row in rows:
        shown = dict(row, spread_ms=f"{row['wall_ms_min']}..{row['wall_ms_max']}")
        print("".join(f"{shown[name]!s:<{width}}" for name, width in COLUMNS).rstrip())


def print_against(rows, work, other):
    """Our wall time on `work` as a multiple of another's, a line a size."""
    walls = {(row["subject"], row["size_mib"]): row["wall_ms"]
             for row in rows if row["work"] == work}
    for subject, size in walls:
        if subject == other:
            ratio = walls["updraft", size] / walls[other, size]
            print(f"{size} MiB, {work}: updraft takes {ratio:.2f} of the time of {other}")


def plot(rows, file):
    """One line a subject, both axes logarithmic."""
    from math import log10
    lines = {}
    for row in rows:
        lines.setdefault(f"{row['subject']} ({row['work']})", []).append(
            (row["size_mib"], row["wall_ms"]))
    sizes = [row["size_mib"] for row in rows]
    walls = [row["wall_ms"] for row in rows]
    width, height, left, top = 900, 560, 70, 30

    def place(value, values, start, length):
        low, high = log10(min(values)), log10(max(values))
        return start + (length * (log10(value) - low) / (high - low) if high > low else length / 2)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
             'font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>']
    for size in sorted(set(sizes)):
        x = place(size, sizes, left, 540)
        parts.append(f'<line x1="{x}" y1="{top}" x2="{x}" y2="{height - 60}" stroke="#ddd"/>'
                     f'<text x="{x}" y="{height - 40}" text-anchor="middle">{size}</text>')
    parts.append(f'<text x="{left + 270}" y="{height - 15}" text-anchor="middle">image, MiB</text>')
    mark = 10 ** int(log10(min(walls)))
    while mark <= max(walls):
        if mark >= min(walls):
            y = height - place(mark, walls, 60, height - 60 - top)
            parts.append(f'<line x1="{left}" y1="{y}" x2="{left + 540}" y2="{y}" stroke="#ddd"/>'
                         f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{mark:g} ms</text>')
        mark *= 10
    for index, (name, points) in enumerate(sorted(lines.items())):
        colour = f"hsl({360 * index // len(lines)}, 70%, 40%)"
        path = " ".join(f"{place(size, sizes, left, 540):.1f},"
                        f"{height - place(wall, walls, 60, height - 60 - top):.1f}"
                        for size, wall in sorted(points))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
                     f'<text x="{left + 560}" y="{top + 18 * index + 10}" fill="{colour}">'
                     f'{name.replace("&", "&amp;")}</text>')
    parts.append("</svg>\n")
    file.write_text("\n".join(parts))
