package intake

import "log/slog"

// LogValue names a person in logs by the line of the file alone.
func (p Person) LogValue() slog.Value { return onLine(p.Line) }

// LogValue names a dissent in logs by the line of the file alone.
func (d Dissent) LogValue() slog.Value { return onLine(d.Line) }

// LogValue names an answer in logs by the line of the file alone.
func (a Answer) LogValue() slog.Value { return onLine(a.Line) }

func onLine(line int) slog.Value { return slog.GroupValue(slog.Int("line", line)) }
