-- Least privilege. The owner migrates; the app writes facts and never deletes them; the patients' role cannot read names.

-- Partitions belong to the owner; the app may ask for those of a new campaign and for nothing else.
CREATE FUNCTION create_partitions(campaign integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['enrolments', 'history', 'notices'] LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES IN (%L) WITH (fillfactor = %s)',
            parent || '_' || campaign, parent, campaign, CASE parent WHEN 'notices' THEN 50 ELSE 80 END);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION create_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_partitions(integer) TO duenotice_app;

GRANT USAGE ON SCHEMA public TO duenotice_app, duenotice_public;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;

-- Facts and what is derived from them: written, read, never deleted.
GRANT SELECT, INSERT ON audit, signal_changes, person_facts, history, answers, answer_reversals, extensions, outages, extra_holidays,
    withheld_letters, reports, findings, approvals, hold_candidates, circumstances TO duenotice_app;
GRANT SELECT, INSERT, UPDATE ON regions, staff, signals, proposals, alarms, demo_clock, practices, programmes, campaigns, cohorts, people,
    waves, enrolments, counts, notices, windows, codes, holds, records, packs, vendors, vendor_keys, batches, pieces, recalls,
    idempotency_keys TO duenotice_app;
-- Working tables: emptied as the work is done.
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, failures, cohort_rows, count_deltas, counts, windows, idempotency_keys TO duenotice_app;
GRANT DELETE ON findings TO duenotice_app;
GRANT UPDATE (signed, approved_at) ON approvals TO duenotice_app;

-- The public service: codes, answers and what they move.
GRANT SELECT ON regions, programmes, campaigns, waves, signals, enrolments, notices, windows, answer_reversals, hold_candidates,
    extensions, outages, extra_holidays TO duenotice_public;
-- Neither who answered for whom and why, nor what was told, nor the salt from which codes follow.
GRANT SELECT (id, reference, programme_id, person_id, campaign_id, says, channel, received_on, recorded_at, piece_id, hold_id, token)
    ON answers TO duenotice_public;
GRANT SELECT (id, programme_id, cause, says, channel, received_on, recorded_at, reference, piece_id, token, settled_at, outcome)
    ON holds TO duenotice_public;
GRANT SELECT (id, campaign_id, state, sealed_at) ON batches TO duenotice_public;
GRANT SELECT (mac, key_id, piece_id, campaign_id, enrolment_id, person_id, wrong_births), UPDATE (wrong_births) ON codes TO duenotice_public;
GRANT SELECT (id, state, suspected_at, posted_on, reference, batch_id, enrolment_id, notice_id, person_id, returned_on) ON pieces TO duenotice_public;
GRANT SELECT (id, born_on, died_on, practice_code, sensitive, undeliverable, address_on, left_reason, left_on, merged_into, touched_at),
    UPDATE (touched_at) ON people TO duenotice_public;
GRANT SELECT (person_id, kind, fact_on, recorded_at, id) ON person_facts TO duenotice_public;
GRANT SELECT (id, programme_id, person_id, campaign_id, enrolment_id, registry, basis, state, reserved_at, leaving_at, live_at, withdrawing_at,
    withdrawn_at, attempts, next_attempt_at), UPDATE (state, withdrawing_at, next_attempt_at, attempts) ON records TO duenotice_public;
GRANT INSERT ON answers, holds, hold_candidates, history, count_deltas, audit, failures, alarms, windows TO duenotice_public;
GRANT SELECT, DELETE ON windows TO duenotice_public;
GRANT UPDATE (closes_on, opened_on, person_id, blocked_by, blocked_version, blocked_clause) ON windows TO duenotice_public;
GRANT SELECT ON failures TO duenotice_public;
GRANT SELECT (id, kind, key, cleared_at), UPDATE (seen_at) ON alarms TO duenotice_public;
GRANT UPDATE (state, reason, since, slot) ON enrolments TO duenotice_public;
GRANT USAGE ON SEQUENCE history_ids TO duenotice_public;
