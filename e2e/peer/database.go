package peer

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// database is a MariaDB server with a data folder of its own. It is started once
// in a test binary and serves several pairs of databases.
type database struct {
	process *Process
	socket  string
	port    int
}

// startDatabase creates the data folder and starts the server: on loopback, over
// TLS alone, and on a socket for this package.
func (h *house) startDatabase() (*database, error) {
	pki, err := h.pki()
	if err != nil {
		return nil, err
	}
	cert, err := pki.Issue("mariadb")
	if err != nil {
		return nil, err
	}
	d := &database{socket: filepath.Join(h.dir, "mariadb.sock")}
	dataDir := filepath.Join(h.dir, "mariadb")
	var user []string
	if os.Getuid() == 0 {
		// MariaDB refuses to run as root unless it is told to.
		user = []string{"--user=root"}
	}
	install := exec.Command(find("mariadb-install-db"), append([]string{
		"--no-defaults", "--datadir=" + dataDir, "--auth-root-authentication-method=normal", "--skip-test-db",
	}, user...)...)
	install.Env = baseEnv(h.dir)
	if out, err := install.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}

	command := func(port int) (*exec.Cmd, error) {
		cmd := exec.Command(find("mariadbd"), append([]string{
			"--no-defaults", "--datadir=" + dataDir, "--socket=" + d.socket,
			"--pid-file=" + filepath.Join(h.dir, "mariadb.pid"),
			"--bind-address=127.0.0.1", fmt.Sprintf("--port=%d", port), "--skip-name-resolve",
			"--ssl-ca=" + pki.CAFile(), "--ssl-cert=" + cert.CertFile, "--ssl-key=" + cert.KeyFile,
			"--require-secure-transport=ON",
			// Nothing here has to survive the test, so nothing waits for a disk.
			"--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite",
		}, user...)...)
		cmd.Env = baseEnv(h.dir)
		return cmd, nil
	}
	healthy := func(ctx context.Context, _ int) error { return d.run(ctx, "SELECT 1;") }
	d.process, d.port, err = serve(h.dir, "mariadbd", command, healthy)
	if err != nil {
		return nil, err
	}
	h.onClose(d.process.Stop)
	return d, nil
}

// run has the server's administrator run SQL.
func (d *database) run(ctx context.Context, sql string) error {
	cmd := exec.CommandContext(ctx, find("mariadb"), "--no-defaults", "--batch", "--user=root", "--socket="+d.socket)
	cmd.Env = baseEnv(filepath.Dir(d.socket))
	cmd.Stdin = strings.NewReader(sql)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

func (d *database) kind() (backend, migrations string) { return "mysql", "mysql" }

// create has the user log in with a password and over TLS.
func (d *database) create(ctx context.Context, name, tables string) (string, error) {
	script := fmt.Sprintf("CREATE DATABASE %[1]s;\n"+
		"CREATE USER '%[1]s'@'127.0.0.1' IDENTIFIED BY '%[1]spw' REQUIRE SSL;\n"+
		"GRANT ALL ON %[1]s.* TO '%[1]s'@'127.0.0.1';\n"+
		"USE %[1]s;\n", name)
	return fmt.Sprintf("%[1]s:%[1]spw@tcp(localhost:%[2]d)/%[1]s?parseTime=True&tls=true", name, d.port), d.run(ctx, script+tables)
}

// goOutput runs the go command in the test's module and returns its output.
func goOutput(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
