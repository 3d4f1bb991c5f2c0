package practice

// lessons is the world, repository by repository.
var lessons = []lesson{
	{Lesson{
		Slug: "healthy", Title: "A healthy repository",
		Story: "Alice and bob have signed this repository with docker trust for half a year.",
		Look: []string{
			"Open it: root names who signs what, targets names the signers, targets/releases holds what docker pull accepts.",
			"Each tag was signed twice, in the signer's own role and in releases. Open a tag to see it.",
		},
		Try: []string{
			"Walk through the tabs with 1 to 6, and press ? anywhere.",
			"Ask notary the same: notary list, or docker trust inspect --pretty.",
		},
	}, "base/alpine", healthy},
	{Lesson{
		Slug: "expiring", Title: "A delegation that expires in 12 days",
		Story: "The key of ci-bot has signed a role three years ago, and nobody has renewed it since.",
		Look: []string{
			"The list says which role expires first, and the strip below says what that means.",
			"targets/releases is newer: the tags stay, but what only ci-bot has signed loses its signer.",
		},
		Try: []string{"Press w on targets/ci-bot: its key is here, so that it can be signed again before the day comes."},
	}, "web/frontend", expiringSoon},
	{Lesson{
		Slug: "expired", Title: "Targets that have expired",
		Story: "The targets key was last used three years and two days ago. Since then every client refuses the repository.",
		Look: []string{
			"docker trust inspect prints nothing but [], and docker pull says that the trust data has expired.",
			"trustdeck opens it all the same, read-only, and says what repairs it.",
		},
		Try: []string{"Sign targets again: the server takes a fresh file although the old one has expired."},
	}, "pay/api", targetsExpired},
	{Lesson{
		Slug: "unsigned", Title: "Releases without a usable signature",
		Story: "Erin had signed the last release. Her key was taken away, and nobody has signed releases with another one.",
		Look: []string{
			"targets/releases has one signature, by a key that may not sign it any more: 0 of 1.",
			"docker pull finds no tag at all, although the file is still there.",
		},
		Try: []string{"Witness targets/releases with the key of alice, which is here."},
	}, "pay/ledger", releasesUnsigned},
	{Lesson{
		Slug: "half-signer", Title: "A signer who cannot release",
		Story: "Carol was added with notary to targets/carol, and forgotten in targets/releases.",
		Look: []string{
			"Tag 1.3 is in targets/carol only. docker pull does not find it.",
			"The Signers screen shows who is in which role, across all repositories.",
		},
		Try: []string{"Add carol's key to targets/releases, and sign 1.3 there."},
	}, "web/gateway", notInReleases},
	{Lesson{
		Slug: "off-boarding", Title: "An off-boarding that did not happen",
		Story: "Dave has left. targets/dave was removed, but docker trust signer remove exits with 0 and may change nothing: his key is still in targets/releases.",
		Look: []string{
			"targets/releases lists two keys, and one of them belongs to nobody who still has a role.",
			"Whoever has that key can release any tag, today.",
		},
		Try: []string{"Open Doctor and read what it says of this repository."},
	}, "web/landing", offBoarding},
	{Lesson{
		Slug: "rotated", Title: "A root that was rotated five times",
		Story: "Every ten days somebody has practised a root rotation. The trust folder still holds the first root.",
		Look: []string{
			"The History tab has all six roots. A client that knows version 1 walks through all of them.",
			"Each root is signed by its own key and by the one before: without the old key there is no way on.",
		},
		Try: []string{"Look at the Keys tab: five old root keys stay listed in the root, and sign nothing any more."},
	}, "ops/vault", rotated},
	{Lesson{
		Slug: "two-of-three", Title: "A root that two of three must sign",
		Story: "Three custodians hold one root key each, and any two of them can change the root.",
		Look: []string{
			"The root needs 2 of 3 signatures, and two are valid.",
			"Only one of the three keys is here: alone, it can do nothing.",
		},
		Try: []string{"Ask notary to rotate a key here: it cannot gather the second signature."},
	}, "ops/ceremony", twoOfThree},
	{Lesson{
		Slug: "paths", Title: "Nested delegations with path limits",
		Story: "The team of etl may sign names that begin with etl-, and its nightly job only those that begin with etl-nightly-.",
		Look: []string{
			"targets/etl/nightly lists weekly-7 as well. It is outside its paths, so that no client sees it.",
			"The same holds for loader-1 in targets/etl.",
		},
		Try: []string{"Open the tags that are outside, and read why they do not count."},
	}, "data/platform", nested},
	{Lesson{
		Slug: "tampered", Title: "A tag whose image was replaced",
		Story: "Somebody has pushed another image as 2.0 after it was signed.",
		Look: []string{
			"The tag is signed, and nothing is wrong with the trust data.",
			"The registry serves another digest. docker pull with content trust still gets the signed image, by its digest; without, it gets the other one.",
		},
		Try: []string{"Open tag 2.0: trustdeck asks the registry and compares."},
	}, "tools/lint", tampered},
	{Lesson{
		Slug: "not-initialised", Title: "A repository without trust data",
		Story: "There are images in the registry, and nobody has signed any.",
		Look:  []string{"With content trust on, docker pull refuses it; without, it takes whatever is there."},
		Try:   []string{"Initialise it: docker trust signer add does that as well."},
	}, "data/scratch", notInitialised},
	{Lesson{
		Slug: "many", Title: "Five thousand tags",
		Story: "A build server signs every build, and nobody cleans up.",
		Look:  []string{"The list scrolls as fast as a short one. The file is more than a megabyte, and every client downloads it whole."},
		Try:   []string{"Press / and type a part of a name."},
	}, "base/everything", many},
	{Lesson{
		Slug: "own-snapshot", Title: "A snapshot key that the client holds",
		Story: "This repository was made with notary init, which keeps the snapshot key on the administrator's machine.",
		Look: []string{
			"Nobody but the holder of that key can publish, not even signers: the server cannot sign a new snapshot.",
			"When the snapshot expires, the server cannot renew it either.",
		},
		Try: []string{"Compare it with base/alpine, whose snapshot key is on the server."},
	}, "ops/backup", ownSnapshot},
	{Lesson{
		Slug: "staged", Title: "Changes that were staged and not published",
		Story: "Two days ago somebody ran notary add and notary remove without -p. The changes wait in the trust folder, and nobody else sees them.",
		Look:  []string{"The Staged screen lists them in the order in which notary would apply them."},
		Try:   []string{"Ask notary status. Beware: docker trust, even inspect, throws them away."},
	}, "tools/sbom", stagedOnly},
	{Lesson{
		Slug: "never-published", Title: "Initialised, and never published",
		Story: "notary init has made keys and metadata on this machine, and notary publish was never run.",
		Look:  []string{"The server knows nothing of it. The trust folder has a root, targets and a snapshot."},
		Try:   []string{"Read what the Staged screen says."},
	}, "data/kafka", neverPublished},
}
