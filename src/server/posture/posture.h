/* Posture kept on write: the answers of every control for every endpoint (table `answer`) and, of controls over units, for every living unit by itself
 * (table `unit_answer`); and their sums over each unit and everything below it (table `posture`, one row per day on which something changed). Reading
 * it costs one index look-up per control, for a ward as for a province (reading.h); so every change to endpoints, facts, records or the tree must pass
 * through here, in the transaction that makes it:
 *
 *   facts, detections, scans, role, enrolment  kh_posture_endpoint_changed()
 *   unit of an endpoint                        kh_posture_endpoint_moved()
 *   revoked, replaced                          kh_posture_endpoint_removed()
 *   a record of a register                     kh_posture_register_changed()
 *   a new unit                                 kh_posture_unit_changed()
 *   a unit that ended                          kh_posture_unit_removed()
 *   lines of the tree                          kh_posture_tree_changed()
 *   units that give one another what they hold kh_posture_exchange_begin(), kh_posture_exchange_end()
 *   the passing of time, new controls          clock.h
 *
 * All take the writer's connection inside its transaction and leave commit or rollback to the caller. Whatever the order of changes, the sums equal
 * those counted from scratch. Days are kh_time_day_number(); when the wall clock steps back, changes go on being added to the latest row, so
 * that it stays the truth.
 *
 * Who is asked again. A change at a unit U (of a record kept there, of its machines, of its place) concerns, of each control that reads what changed:
 *
 *   U itself, or the machines of U    always
 *   the units above U, their machines when the control says `reach: [below]`: it reads records of the units below the one it is asked of
 *   the units below U, their machines when the control says `reach: [above]`: it reads what units above it share
 *
 * Machines of one unit never change the answer of another: over units a control reads its own machines alone, and posture adds up. */
#pragma once

#include "db/db.h"
#include "gen/controls.h"
#include "server/posture/answer.h"

/* Asks every control that reads one of the n tables ("packages", "detection", "scan", …) anew for this endpoint, and those over units for its unit; tables
 * NULL: all controls. */
int kh_posture_endpoint_changed(struct kh_db *writer, int64_t endpoint_id, const char *const *tables, size_t n) KH_MUST_USE;

/* One control for one endpoint or unit (as it is over), at a stated moment. `ret_changed` may be NULL. */
int kh_posture_ask(struct kh_db *writer, int64_t id, const struct kh_control *control, int64_t now_s, bool *ret_changed) KH_MUST_USE;

/* Takes the endpoint's answers out of the sums of the old unit's line and into those of the new, and asks what depends on the unit. To be called when
 * `endpoint.unit_id` is the new one. */
int kh_posture_endpoint_moved(struct kh_db *writer, int64_t endpoint_id, int64_t old_unit_id, int64_t new_unit_id) KH_MUST_USE;

/* Forgets the endpoint's answers. To be called when its state is no longer 'active', before its unit changes. */
int kh_posture_endpoint_removed(struct kh_db *writer, int64_t endpoint_id) KH_MUST_USE;

/* A record of the register ("repair_slip") of this unit was made, changed, moved to another state or to this unit: asks every control that reads the register. A
 * record that changes its unit is a change at both. Of the register `exception` it asks the controls that the unit's exceptions name, of what fails or is
 * excepted from the unit downward. */
int kh_posture_register_changed(struct kh_db *writer, int64_t unit_id, const char *reg) KH_MUST_USE;

/* Asks everything that hangs on the unit: all controls over units, and of its machines those that read registers. */
int kh_posture_unit_changed(struct kh_db *writer, int64_t unit_id) KH_MUST_USE;

/* Forgets the unit's own answers. For one that has ended (unit.to_s). */
int kh_posture_unit_removed(struct kh_db *writer, int64_t unit_id) KH_MUST_USE;

/* Follows a change of `unit_ancestor` that the table tree_change tells: moves the sums of the units that came below others or left them, and asks what looks
 * beyond a unit. Costs what was moved, not what there is. */
int kh_posture_tree_changed(struct kh_db *writer) KH_MUST_USE;

/* Around a merge or a split: before machines, records and lines go from one of the units to another, and after, when unit_ancestor and tree_change have followed. To the end come those that go
 * on, and the one that ended (0: none). */
int kh_posture_exchange_begin(struct kh_db *writer, const int64_t *units, size_t n) KH_MUST_USE;
int kh_posture_exchange_end(struct kh_db *writer, const int64_t *units, size_t n, int64_t ended) KH_MUST_USE;

/* Sums everything anew from the answers and corrects today's rows where they differ; then asks the controls that reach beyond their unit. For after a change that
 * nothing else follows: half a second at 10,000 endpoints and 200 units, ten at ten times that. */
int kh_posture_rebuild_units(struct kh_db *writer) KH_MUST_USE;

/* Asks everything of everybody, set-wise, and sums it up; answers and sums that were there are forgotten. For a store that was filled in bulk and asked nothing
 * meanwhile: a thousand times quicker than one by one. */
int kh_posture_answer_all(struct kh_db *writer) KH_MUST_USE;

/* Forgets answers to controls that no longer exist, or ask others than they did (an older version's). At start. */
int kh_posture_forget_controls(struct kh_db *writer) KH_MUST_USE;
