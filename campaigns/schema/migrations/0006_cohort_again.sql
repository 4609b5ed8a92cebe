-- A file that was refused or declined may come again: the practices it names
-- may have been missing, or somebody declined the wrong one.
ALTER TABLE cohorts DROP CONSTRAINT cohorts_campaign_id_sha256_key;
CREATE UNIQUE INDEX cohorts_taken_once ON cohorts (campaign_id, sha256) WHERE state NOT IN ('refused', 'declined');
