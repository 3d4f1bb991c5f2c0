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
			"Ask on the command line: trustdeck inspect registry.example.org/base/alpine:latest says what docker pull makes of the tag.",
			"Ask notary and docker the same, as it says below.",
		},
	}, "base/alpine", healthy},
	{Lesson{
		Slug: "expiring", Title: "A delegation that expires in 12 days",
		Story: "The key of ci-bot has signed a role three years ago, and nobody has renewed it since.",
		Look: []string{
			"The list says which role expires first, and the strip below says what that means.",
			"targets/releases is newer: the tags stay, but what only ci-bot has signed loses its signer.",
			"notary and docker print a warning with every answer, from half a year ahead.",
		},
		Try: []string{
			"Its key is here. Press E and choose targets/ci-bot, or run trustdeck renew registry.example.org/web/frontend targets/ci-bot.",
			"The review says until when the new file is valid, and what other clients see.",
			"notary does the same with notary witness registry.example.org/web/frontend targets/ci-bot -p.",
		},
	}, "web/frontend", expiringSoon},
	{Lesson{
		Slug: "expired", Title: "Targets that have expired",
		Story: "The targets key was last used three years and two days ago. For two days every client has refused the repository.",
		Look: []string{
			"docker trust inspect prints nothing but [], and notary list names the day of the expiry.",
			"trustdeck opens it all the same, and says what repairs it.",
			"The timestamp is fresh, and always will be: the server signs it by itself.",
		},
		Try: []string{
			"Run notary witness registry.example.org/pay/api targets -p. notary refuses to load what has expired, and so cannot renew it.",
			"Press E and choose targets, or run trustdeck renew registry.example.org/pay/api targets. Then every client reads the repository again.",
		},
	}, "pay/api", targetsExpired},
	{Lesson{
		Slug: "unsigned", Title: "Releases without a usable signature",
		Story: "Erin had signed the last release. Her key was taken away, and nobody has signed releases with another one.",
		Look: []string{
			"targets/releases has one signature, by a key that may not sign it any more: 0 of 1.",
			"docker pull finds no tag at all, although the file is still there. notary list warns, prints an empty list, and exits with 0.",
		},
		Try: []string{
			"The key of alice is here. Press w and choose targets/releases, or run trustdeck witness registry.example.org/pay/ledger targets/releases.",
			"Read the review before you accept it: nobody else vouches for tag 1.4, and docker pull finds it again afterwards.",
			"Doctor, on D, leads to a fresh file instead: it holds the old tags that you mark, and no others.",
		},
	}, "pay/ledger", releasesUnsigned},
	{Lesson{
		Slug: "half-signer", Title: "A signer who cannot release",
		Story: "Carol was added with notary to targets/carol, and forgotten in targets/releases.",
		Look: []string{
			"Tag 1.3 is in targets/carol only. notary lists it, docker trust inspect does not, and docker pull does not find it.",
			"Press S: the Signers screen shows who is in which role, across all repositories.",
		},
		Try: []string{
			"Press D, and enter on what Doctor says of carol. Or run trustdeck signer add carol registry.example.org/web/gateway: it takes the key that carol has already.",
			"Carol may release from then on. Tag 1.3 stays in targets/carol until she signs it again.",
		},
	}, "web/gateway", notInReleases},
	{Lesson{
		Slug: "off-boarding", Title: "An off-boarding that did not happen",
		Story: "Dave has left. Somebody removed targets/dave with notary, and did not know that his key is in targets/releases as well.",
		Look: []string{
			"targets/releases lists two keys, and one of them belongs to nobody who still has a role.",
			"The holder of that key can release any tag, today. docker trust inspect shows alice alone.",
		},
		Try: []string{
			"Run docker trust signer remove dave registry.example.org/web/landing. docker knows no such signer, and cannot remove his key.",
			"Press S, then O, and tick the key that belongs to no signer, or run trustdeck off-board --who 102fe786 registry.example.org/web/landing with the first digits of its ID.",
			"With notary you need the whole ID: notary delegation remove, the repository, targets/releases, the ID and -p.",
		},
	}, "web/landing", offBoarding},
	{Lesson{
		Slug: "rotated", Title: "A root that was rotated five times",
		Story: "Every ten days somebody has practised a root rotation. The trust folder still holds the first root.",
		Look: []string{
			"The History tab has all six roots. A client that knows version 1 walks through all of them.",
			"Each root is signed by its own key and by the one before: without the old key there is no way on.",
		},
		Try: []string{
			"Press 2 for the Keys tab: five old root keys stay listed in the root, and sign nothing any more.",
			"Ask notary or docker: both begin with the old root of the trust folder, and arrive at the new one.",
			"Rotate it once more: press R and choose root, or run trustdeck rotate registry.example.org/ops/vault root.",
		},
	}, "ops/vault", rotated},
	{Lesson{
		Slug: "two-of-three", Title: "A root that two of three must sign",
		Story: "Three custodians hold one root key each, and any two of them can change the root.",
		Look: []string{
			"The root needs 2 of 3 signatures, and two are valid.",
			"Only one of the three keys is here: alone, it can do nothing.",
		},
		Try: []string{
			"Press R and choose targets, or run trustdeck rotate registry.example.org/ops/ceremony targets: the review says which signatures are missing, and nothing is written.",
			"Run notary key rotate registry.example.org/ops/ceremony targets: it cannot gather the second signature either.",
			"Press K and look again: notary has deleted its targets key before it found that out. Back up keys before you rotate them.",
		},
	}, "ops/ceremony", twoOfThree},
	{Lesson{
		Slug: "paths", Title: "Nested delegations with path limits",
		Story: "The team of etl may sign names that begin with etl-, and its nightly job only those that begin with etl-nightly-.",
		Look: []string{
			"targets/etl/nightly lists weekly-7 as well. It is outside its paths, so that no client sees it.",
			"The same holds for loader-1 in targets/etl.",
		},
		Try: []string{
			"Press 4, open one of the tags that are outside, and read why it does not count. notary list leaves both out.",
			"trustdeck inspect registry.example.org/data/platform:weekly-7 says the same.",
		},
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
		Try: []string{
			"Press i, or run trustdeck init registry.example.org/data/scratch: it makes the keys and the first trust data.",
			"Then press b on the Keys screen: nobody can make the same keys again.",
		},
	}, "data/scratch", notInitialised},
	{Lesson{
		Slug: "many", Title: "Five thousand tags",
		Story: "A build server signs every build, and nobody cleans up.",
		Look:  []string{"The list scrolls as fast as a short one. Two files of half a megabyte each hold it, and every client downloads both whole."},
		Try: []string{
			"Press / and type a part of a name.",
			"Compare with trustdeck tags registry.example.org/base/everything, and with notary list.",
		},
	}, "base/everything", many},
	{Lesson{
		Slug: "own-snapshot", Title: "A snapshot key that the client holds",
		Story: "This repository was made with notary init, which keeps the snapshot key on the administrator's machine.",
		Look: []string{
			"Nobody but the holder of that key can publish, not even signers: the server cannot sign a new snapshot.",
			"When the snapshot expires, the server cannot renew it either.",
		},
		Try: []string{
			"Compare it with base/alpine, whose snapshot key is on the server.",
			"Hand the key to the server: press R and choose snapshot, or run trustdeck rotate --server-managed registry.example.org/ops/backup snapshot.",
		},
	}, "ops/backup", ownSnapshot},
	{Lesson{
		Slug: "staged", Title: "Changes that were staged and not published",
		Story: "Two days ago somebody ran notary add and notary remove without -p. The changes wait in the trust folder, and nobody else sees them.",
		Look:  []string{"Press C: the screen lists them in the order in which notary would apply them."},
		Try: []string{
			"trustdeck status registry.example.org/tools/sbom compares the changes with what the server has.",
			"Run notary status registry.example.org/tools/sbom, and notary publish with the same name.",
			"Beware: docker trust throws them away, even when it only inspects the repository.",
		},
	}, "tools/sbom", stagedOnly},
	{Lesson{
		Slug: "never-published", Title: "Initialised, and never published",
		Story: "notary init has made keys and metadata on this machine, and notary publish was never run.",
		Look:  []string{"The server knows nothing of it. The trust folder has a root, targets and a snapshot."},
		Try: []string{
			"Press C, or run trustdeck status registry.example.org/data/kafka. notary status sees no changes.",
			"Run notary publish registry.example.org/data/kafka, and press r.",
		},
	}, "data/kafka", neverPublished},
}
