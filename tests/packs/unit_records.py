"""Dates and records that the cases of controls over units are made of. Where a record leaves out a field that is required, the frame fills it in."""

from machine_cases import DAY, NOW, ago  # noqa: F401

MIDNIGHT = NOW - 7 * 3600  # today as a date stands in the database: it is seven in the morning
HOUR = 3600


def on(days):
    """The date so many days from today."""
    return MIDNIGHT + days * DAY


def exception(control, days, **row):
    return {"control": control, "owner": "Người phụ trách", "until_on": on(days), "state": "approved", "created_by": "can.bo", **row}


def staff(**row):
    return {"full_name": "Cán bộ một cửa", "position": "officer", "state": "active", **row}


def account(**row):
    return {"account": "motcua", "system_name": "Một cửa", "kind": "personal", "holder": 1, "state": "active", **row}


def device(**row):
    return {"name": "Máy in", "kind": "computer", "purpose": "office", "state": "in_use", **row}


def check(state="passed", days=-30, number="KT-1", **row):
    return {"number": number, "device": 1, "checked_on": on(days), "checker": "Tổ kỹ thuật", "state": state, **row}


def incident(**row):
    return {"title": "Máy nhiễm mã độc", "group_of": "malware", "severity": "serious", "t0_s": ago(2), "state": "confirmed", **row}


def licence(days, seats=1, **row):
    return {"product": "Kaspersky", "kind": "antimalware", "seats": seats, "until_on": None if days is None else on(days), "state": "active", **row}


def year(register, subject, field, unknown, more=None):
    """The cases of what must have been done within twelve months."""
    def one(days):
        return {register: [{**(more or {}), field: on(days) if days is not None else None}]}
    return [("the last day in", one(-365), {subject: "pass"}, None), ("the day after", one(-366), {subject: "fail"}, None),
            ("never", one(None), {subject: "fail"}, None), ("empty", {}, "unknown", unknown)]
