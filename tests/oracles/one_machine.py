"""A slow, obvious machine with planned maintenance: first come, first served. Seconds.

``lots``: list of ``(arrival, work)`` in order of arrival. ``maintenances``: list of
``{"counts": "hours", "busy" or "lots", "every", "first", "work"}``; what is due is done before
the next lot, in the order of the list.
"""


def run_one_machine(lots, maintenances, *, until):
    """Return completions; those after ``until`` are left out."""
    due = [m["first"] for m in maintenances]
    t = busy = 0.0
    n_done, found = 0, []
    while t <= until:
        reached = {"hours": t, "busy": busy, "lots": n_done}
        now_due = [i for i, m in enumerate(maintenances) if reached[m["counts"]] >= due[i]]
        if now_due:
            m = maintenances[now_due[0]]
            t += m["work"]
            start = {"hours": t, "busy": busy, "lots": n_done}[m["counts"]]
            due[now_due[0]] = start + m["every"]
        elif n_done < len(lots) and lots[n_done][0] <= t:
            t += lots[n_done][1]
            busy += lots[n_done][1]
            n_done += 1
            found.append(t)
        else:
            clocks = [due[i] for i, m in enumerate(maintenances) if m["counts"] == "hours"]
            clocks += [lots[n_done][0]] if n_done < len(lots) else []
            if not clocks:
                break
            t = min(clocks)
    return [end for end in found if end <= until]
