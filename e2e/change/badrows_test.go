package change

import (
	"slices"
	"strings"
)

// chapters are the mistakes, by what is wrong.
var chapters = []chapter{
	{title: "Names of signers", rows: signerNames()},
	{title: "Names of repositories", rows: repositoryNames()},
	{title: "Public keys of signers", rows: publicKeys()},
	{title: "A public key that is there twice", rows: []misuse{{name: "key: the same one twice", args: add("--key", "./alice.pub", "--key", "./alice.pub", "alice", initialised), stored: true}}},
	{title: "Keys and thresholds of a new root", rows: rootKeys()},
	{title: "Delegations that are added", rows: delegationsAdded(), set: withDelegation},
	{title: "Delegations that are changed", rows: delegationsEdited(), set: withDelegation},
	{title: "Delegations that are taken", rows: delegationsTaken(), set: withDelegation, apart: true},
	{title: "Thresholds", rows: thresholds(), set: withDelegation},
	{title: "Staged changes", rows: stagedChanges(), set: withStaged},
	{title: "Tags that are signed", rows: signRows(), set: withTags},
	{title: "Tags that are revoked and copied, and targets", rows: revocations(), set: withTags},
	{title: "Passphrases that are missing or wrong", rows: badPassphrases()},
	{title: "Passphrases that are taken", rows: oddPassphrases(), apart: true},
	{title: "Servers that cannot be reached", rows: unreachable()},
	{title: "Servers that are no Notary server", rows: strangers()},
	{title: "Servers that ask who is there", rows: guarded(), guarded: true},
	{title: "Servers that fail", rows: failing()},
	{title: "Uploads that are refused or cut off", rows: uploads()},
	{title: "Uploads that are stored all the same", rows: stored(), apart: true},
	{title: "Somebody else publishes meanwhile", rows: rivals(), apart: true},
	{title: "Folders", rows: folders()},
	{title: "Repositories in folders", rows: slices.Concat(badRepositories(), badMetadata(), badFolderKeys()), set: withFolder},
	{title: "Changes of repositories in folders", rows: slices.Concat(badNames(), badEdges(), badTargets()), set: withFolder},
	{title: "Changes of repositories in folders that are taken", rows: oddNames(), set: withFolder, apart: true},
	{title: "Somebody else writes into a folder", rows: folderRivals(), set: withFolder, apart: true},
}

func add(args ...string) []string { return append([]string{"signer", "add", "--yes"}, args...) }

func initialise(args ...string) []string { return append([]string{"init", "--yes"}, args...) }

func signerNames() []misuse {
	row := func(name, signer string) misuse {
		return misuse{name: name, args: add("--key", "./alice.pub", "--", signer, initialised)}
	}
	return []misuse{
		row("signer: a space", "alice smith"),
		row("signer: upper case", "Alice"),
		row("signer: two dots", ".."),
		row("signer: the reserved name", "releases"),
		row("signer: a slash", "team/alice"),
		row("signer: a dash at the beginning", "-alice"),
		row("signer: no letter of ASCII", "алиса"),
		row("signer: control characters", "a\x1b[31mb"),
		row("signer: empty", ""),
		row("signer: 300 characters", strings.Repeat("a", 300)),
		{name: "signer: none at all", args: add("--key", "./alice.pub")},
	}
}

func repositoryNames() []misuse {
	names := []struct{ name, repository string }{
		{"a tag", initialised + ":1.0"},
		{"a digest", initialised + "@sha256:" + digest},
		{"a scheme", "https://" + initialised},
		{"a space", "docker.io/acme/my app"},
		{"upper case", "docker.io/Acme/App"},
		{"two dots", "docker.io/../app"},
		{"control characters", "docker.io/acme/a\x1b[31mb"},
		{"the reserved part", "docker.io/acme/_trust"},
		{"empty", ""},
		{"300 characters", "docker.io/acme/" + strings.Repeat("a", 285)},
	}
	var out []misuse
	for _, n := range names {
		out = append(out,
			misuse{name: "repository: " + n.name, args: initialise(n.repository)},
			misuse{name: "repository of a signer: " + n.name, args: add("--key", "./alice.pub", "alice", n.repository)})
	}
	return append(out,
		misuse{name: "repository: 300 characters, as they are", args: initialise("--gun", strings.Repeat("a", 300))},
		misuse{name: "repository: two dots, as they are", args: initialise("--gun", "../app")},
		misuse{name: "repository: none at all", args: initialise()},
		misuse{name: "repository of a signer: none at all", args: add("--key", "./alice.pub", "alice")},
		misuse{name: "repository: initialised already", args: initialise(initialised)},
	)
}

func publicKeys() []misuse {
	row := func(name string, files ...string) misuse {
		var args []string
		for _, f := range files {
			args = append(args, "--key", f)
		}
		return misuse{name: "key: " + name, args: add(append(args, "alice", initialised)...)}
	}
	return []misuse{
		row("none at all"),
		row("empty", ""),
		row("no such file", "./nobody.pub"),
		row("a folder", "./folder"),
		row("an empty file", "./empty.pub"),
		row("10 MiB", "./large.pub"),
		row("a device without end", "/dev/zero"),
		row("two keys in a file", "./two.pub"),
		row("a private key", "./alice.key"),
		row("a private key of OpenSSL's older form", "./sec1.key"),
		row("an encrypted private key", "./encrypted.key"),
		row("a private key behind the public one", "./both.pem"),
		row("a key of SSH", "./id_ed25519.pub"),
		row("not in PEM form", "./alice.der"),
		row("a request for a certificate", "./request.csr"),
		row("damaged", "./broken.pub"),
		row("a damaged certificate", "./broken.crt"),
		row("RSA of 1024 bits", "./rsa1024.pub"),
		row("RSA of 1024 bits, certified", "./rsa1024.crt"),
		row("Ed25519", "./ed25519.pub"),
		row("Ed25519, certified", "./ed25519.crt"),
		row("an expired certificate", "./expired.crt"),
		row("a certificate that is not valid yet", "./early.crt"),
		row("a certificate signed with SHA-1", "./sha1.crt"),
		row("a good one and a bad one", "./alice.pub", "./rsa1024.pub"),
		row("the same one bare and certified", "./alice.pub", "./alice.crt"),
	}
}

func rootKeys() []misuse {
	row := func(name string, flags ...string) misuse {
		return misuse{name: "root: " + name, args: initialise(append(flags, fresh)...)}
	}
	return []misuse{
		row("no keys", "--root-keys", "0"),
		row("less than no keys", "--root-keys", "-1"),
		row("keys in words", "--root-keys", "two"),
		row("no number of keys", "--root-keys", ""),
		row("more keys than anybody has", "--root-keys", "21"),
		row("threshold 0", "--root-keys", "3", "--root-threshold", "0"),
		row("threshold below 0", "--root-keys", "3", "--root-threshold", "-1"),
		row("threshold in words", "--root-keys", "3", "--root-threshold", "two"),
		row("threshold above the keys", "--root-keys", "3", "--root-threshold", "4"),
		row("threshold above the one key", "--root-threshold", "2"),
		row("two thresholds", "--root-keys", "3", "--root-threshold", "2", "--root-threshold", "3"),
		row("an unknown key", "--root-key", strings.Repeat("0123456789abcdef", 4)),
		row("a key that is no ID", "--root-key", "mine"),
		row("the file of a key", "--root-key", "./alice.key"),
		row("no key", "--root-key", ""),
		row("a targets key", "--root-key", "TARGETS-KEY"),
		row("an existing key, and how many to make", "--root-key", "ROOT-KEY", "--root-keys", "3"),
		row("a new key, and its certificate", "--root-key", "new", "--root-certificate", "./new.crt"),
		row("a certificate of another key", "--root-key", "ROOT-KEY", "--root-certificate", "./new.crt"),
		row("a certificate for another repository", "--root-key", "ROOT-KEY", "--root-certificate", "./alice.crt"),
		row("a public key for a certificate", "--root-key", "ROOT-KEY", "--root-certificate", "./alice.pub"),
		row("a private key for a certificate", "--root-key", "ROOT-KEY", "--root-certificate", "./alice.key"),
		row("an expired certificate", "--root-key", "ROOT-KEY", "--root-certificate", "./new-expired.crt"),
		row("the certificate of an authority", "--root-key", "ROOT-KEY", "--root-certificate", "./new-ca.crt"),
		row("a certificate that is not there", "--root-key", "ROOT-KEY", "--root-certificate", "./nobody.crt"),
		row("a snapshot key that is nowhere", "--snapshot-key", "cloud"),
	}
}
