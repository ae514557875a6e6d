package installation

import (
	"cmp"
	"regexp"
	"slices"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/web/portal/agent"
)

// Kind is a kind of package.
type Kind string

// Kinds of packages, by the names of a release's files (docs/packages.md).
const (
	Deb     Kind = "deb"
	RPM     Kind = "rpm"
	MSI     Kind = "msi"      // for all who use the computer
	MSIUser Kind = "msi_user" // for one person, who need not be an administrator
	Pkg     Kind = "pkg"
)

// program is a package of the host program.
type program struct {
	download
	System  agent.System
	Kind    Kind
	ARM     bool
	Version string
}

// names are how the packages are called: the version, then what tells the processor.
var names = []struct {
	pattern *regexp.Regexp
	system  agent.System
	kind    Kind
}{
	{regexp.MustCompile(`^e-onay_([0-9][0-9A-Za-z.~]*)_(amd64|arm64)\.deb$`), agent.Linux, Deb},
	{regexp.MustCompile(`^e-onay-([0-9][0-9A-Za-z.~]*)-[0-9]+\.(x86_64|aarch64)\.rpm$`), agent.Linux, RPM},
	{regexp.MustCompile(`^e-onay-([0-9][0-9A-Za-z.~]*)-(x64|arm64)-user\.msi$`), agent.Windows, MSIUser},
	{regexp.MustCompile(`^e-onay-([0-9][0-9A-Za-z.~]*)-(x64|arm64)\.msi$`), agent.Windows, MSI},
	{regexp.MustCompile(`^e-onay-([0-9][0-9A-Za-z.~]*?)(?:-(x64|arm64|universal))?\.pkg$`), agent.MacOS, Pkg},
}

// sortPrograms returns the packages among the files, each kind's newest alone, and the other files.
func sortPrograms(files []download) (programs []program, others []download) {
	for _, file := range files {
		if p, ok := programOf(file); ok {
			programs = append(programs, p)
		} else {
			others = append(others, file)
		}
	}
	slices.SortStableFunc(programs, func(a, b program) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), eonay.CompareVersions(b.Version, a.Version))
	})
	newest := slices.CompactFunc(programs, func(a, b program) bool { return rank(a) == rank(b) })
	return newest, others
}

func programOf(file download) (program, bool) {
	for _, name := range names {
		if found := name.pattern.FindStringSubmatch(file.Name); found != nil {
			arm := found[2] == "arm64" || found[2] == "aarch64"
			return program{file, name.system, name.kind, arm, found[1]}, true
		}
	}
	return program{}, false
}

// rank orders packages for the list: by kind, 64-bit Intel before ARM.
func rank(p program) int {
	order := slices.Index([]Kind{MSIUser, MSI, Pkg, Deb, RPM}, p.Kind) * 2
	if p.ARM {
		order++
	}
	return order
}

// choose returns the packages for a visitor, the best one first: one for most, .deb and .rpm for a Linux that does not say
// which it takes. What is left is the rest. Windows on ARM runs what is made for Intel, and a Mac's package may be for both.
func choose(programs []program, v visitor) (own, rest []program) {
	wanted := map[agent.System][]Kind{agent.Windows: {MSIUser, MSI}, agent.MacOS: {Pkg}, agent.Linux: {Deb, RPM}}[v.System]
	if v.RPM {
		wanted = []Kind{RPM}
	}
	most := 1
	if v.System == agent.Linux && !v.RPM {
		most = 2
	}
	var chosen []string
	for _, kind := range wanted {
		i := slices.IndexFunc(programs, func(p program) bool { return p.Kind == kind && p.ARM == v.ARM })
		if i < 0 && v.System != agent.Linux {
			i = slices.IndexFunc(programs, func(p program) bool { return p.Kind == kind && !p.ARM })
		}
		if i >= 0 && len(own) < most {
			own, chosen = append(own, programs[i]), append(chosen, programs[i].Name)
		}
	}
	for _, p := range programs {
		if !slices.Contains(chosen, p.Name) {
			rest = append(rest, p)
		}
	}
	return own, rest
}
