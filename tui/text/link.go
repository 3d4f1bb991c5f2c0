package text

import (
	"net/url"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// linkLimit is the longest URL that is made a link, in bytes; VTE takes no longer one.
const linkLimit = 2083

// urlBytes are what a URL may be written with, by RFC 3986.
const urlBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&'()*+,;=%"

// Linkable reports whether a URL may be a link: one of https that is written with the characters
// of URLs alone, and names no user.
func Linkable(s string) bool {
	if len(s) > linkLimit || strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune(urlBytes, r) }) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil
}

// Link makes a part of a URL, as it is shown, lead to the whole of it (OSC 8). What is not part
// of it, and what may not be a link, stays as it is: nobody is led elsewhere than is written.
func Link(target, shown string) string {
	if shown == "" || !strings.Contains(target, shown) || !Linkable(target) {
		return shown
	}
	return ansi.SetHyperlink(target) + shown + ansi.ResetHyperlink()
}
