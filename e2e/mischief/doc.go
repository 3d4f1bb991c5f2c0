// Package mischief runs trustdeck against a server that lies, breaks off,
// floods and stalls: one table of tampering, each row in three states of the
// client (fresh, cached, pinned), judged by the JSON answer and by the screen;
// and a table of the same kind for repositories of TUF 1.0, over https and in a
// folder.
// It holds only tests.
package mischief
