/* Posture kept on write: the answers of every control for every endpoint (table `answer`), and their sums over each unit and everything below it
 * (table `posture`, one row per day on which something changed). Reading it costs one index look-up per control, for a ward as for a province
 * (reading.h); so every change to endpoints, facts or the tree must pass through here, in the transaction that makes it:
 *
 *   facts, detections, scans, role, enrolment  kh_posture_endpoint_changed()
 *   unit of an endpoint                        kh_posture_endpoint_moved()
 *   revoked, replaced                          kh_posture_endpoint_removed()
 *   lines of the tree                          kh_posture_rebuild_units()
 *   the passing of time, new controls          clock.h
 *
 * All take the writer's connection inside its transaction and leave commit or rollback to the caller. Whatever the order of changes, the sums equal
 * those counted from scratch. Days are kh_time_day_number(); when the wall clock steps back, changes go on being added to the latest row, so
 * that it stays the truth. */
#pragma once

#include "db/db.h"
#include "gen/controls.h"
#include "server/posture/answer.h"

/* Asks every control that reads one of the n tables ("packages", "detection", "scan", …) anew for this endpoint; tables NULL: all controls. */
int kh_posture_endpoint_changed(struct kh_db *writer, int64_t endpoint_id, const char *const *tables, size_t n) KH_MUST_USE;

/* The same at a stated moment, for one control. `ret_changed` may be NULL. */
int kh_posture_ask(struct kh_db *writer, int64_t endpoint_id, const struct kh_control *control, int64_t now_s, bool *ret_changed) KH_MUST_USE;

/* Takes the endpoint's answers out of the sums of the old unit's line and into those of the new. `endpoint.unit_id` may be changed before or after. */
int kh_posture_endpoint_moved(struct kh_db *writer, int64_t endpoint_id, int64_t old_unit_id, int64_t new_unit_id) KH_MUST_USE;

/* Forgets the endpoint's answers. For one that is no longer active; call it before its unit changes. */
int kh_posture_endpoint_removed(struct kh_db *writer, int64_t endpoint_id) KH_MUST_USE;

/* Sums everything anew from the answers and corrects today's rows where they differ. For after a change of `unit_ancestor`: half a second at 10,000 endpoints. */
int kh_posture_rebuild_units(struct kh_db *writer) KH_MUST_USE;

/* Forgets answers to controls that no longer exist (an older version's). At start. */
int kh_posture_forget_controls(struct kh_db *writer) KH_MUST_USE;
