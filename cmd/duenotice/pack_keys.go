package main

import (
	"strconv"
	"time"

	"duenotice/campaigns/fault"
)

// keyLife reads how long a batch's key lives after the vendor's accept.
func (c Config) keyLife() (time.Duration, error) {
	if c.BatchKeyDays == "" {
		return 0, nil
	}
	days, err := strconv.Atoi(c.BatchKeyDays)
	if err != nil || days < 1 || days > 365 {
		return 0, fault.New(fault.Invalid, "DUENOTICE_BATCH_KEY_DAYS says how many days the key of a batch is kept after the vendor has accepted it: 1 to 365.")
	}
	return time.Duration(days) * 24 * time.Hour, nil
}
