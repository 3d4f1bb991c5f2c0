package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"time"

	"trustdeck/model"
	"trustdeck/tui/text"
)

// logFile receives the events of a run, one line each: time, level, kind, text,
// and how long it took. Events hold no secrets, so neither does the file.
type logFile struct {
	file *os.File
	buf  *bufio.Writer
	err  error
}

// openLogFile adds to the file, or makes it, readable by its owner alone.
func openLogFile(path string) (*logFile, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, &model.Fault{
			Kind: model.FaultLocal, Subject: path, Text: fmt.Sprintf("the log file cannot be written: %v", errors.Unwrap(err)),
			Hint: "Give another with --log-file, or leave it out.", Err: err,
		}
	}
	return &logFile{file: file, buf: bufio.NewWriter(file)}, nil
}

// write adds one event. The log calls it for one event at a time.
func (l *logFile) write(e model.Event) {
	line := fmt.Sprintf("%s %-7s %-7s %s", e.Time.UTC().Format(time.RFC3339Nano), e.Level, text.Clean(e.Kind), text.Clean(e.Text))
	if e.Elapsed > 0 {
		line += fmt.Sprintf(" (%s)", e.Elapsed.Round(time.Millisecond))
	}
	_, err := l.buf.WriteString(line + "\n")
	// A line that is not on disk explains nothing after a crash.
	l.err = errors.Join(l.err, err, l.buf.Flush())
}

// close reports the first thing that went wrong with the file.
func (l *logFile) close() error {
	if err := errors.Join(l.err, l.file.Close()); err != nil {
		return fmt.Errorf("log file: %w", err)
	}
	return nil
}
