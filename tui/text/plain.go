package text

import "github.com/charmbracelet/x/ansi"

// Plain is a line without its styles.
func Plain(s string) string { return ansi.Strip(s) }
