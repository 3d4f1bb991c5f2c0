// Package peer runs the real programs that trustdeck has to agree with:
// Notary's servers and client, "docker trust", MariaDB, and a terminal.
//
// A test names what it needs (Need), starts servers (MemoryServer,
// ProductionServer), fills them as an administrator would (Fill), runs clients
// against them (Notary, Docker, Trustdeck) and drives the full-screen program in
// a real terminal (Tmux). Everything listens on loopback, on ports of its own,
// in folders of its own; nothing of the machine's own Docker, Notary, database
// or smart cards is touched. What a test starts ends with the test, or with the
// test binary, even where that is killed.
//
// A package that uses peer has this TestMain:
//
//	func TestMain(m *testing.M) { peer.Main(m) }
//
// The package is the measure, so it shares no code with what it measures. Of
// Notary it imports the SQL migrations alone; of trustdeck the practice server,
// which is measured as a peer here (Sandbox), and the writer of repositories that no
// client could make (Publish).
package peer
