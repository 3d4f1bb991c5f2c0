// Package mischief runs trustdeck against a server that lies, breaks off, floods and
// stalls. One table lists the tampering; each row runs in three states of the client
// (fresh, cached, pinned), and checks the JSON answer and the screen. A similar table is
// for TUF 1.0 repositories, over https and in a folder. It holds only tests.
package mischief
