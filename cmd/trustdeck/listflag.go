package main

import (
	"strings"

	"github.com/spf13/pflag"
)

// listFlag is a flag that may be given several times. pflag's own holds a buffer of 4 KiB for each
// as it is made, and every start makes more than a hundred, of which a command uses a few.
type listFlag []string

// listVar adds one to the flags.
func listVar(flags *pflag.FlagSet, p *[]string, name, usage string) {
	flags.Var((*listFlag)(p), name, usage)
}

// Set takes one more value, as it is.
func (l *listFlag) Set(value string) error {
	*l = append(*l, value)
	return nil
}

// String is empty where nothing was given, so that help tells no default.
func (l *listFlag) String() string { return strings.Join(*l, " ") }

// Type is what pflag calls its own.
func (l *listFlag) Type() string { return "stringArray" }

// GetSlice tells completion that the flag may be given again.
func (l *listFlag) GetSlice() []string { return *l }
