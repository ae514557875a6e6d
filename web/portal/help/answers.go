package help

import "github.com/e-onay/e-onay/web/portal/site"

// answer is one of the written answers. Its sentences are in the catalogue: the question, the answer, and further words by
// which it is found.
type answer struct {
	ID string
	// Card marks what depends on the card's state, which the E-Onay window alone can show.
	Card bool
	// Ways lead on, the most likely one first.
	Ways []site.Way
}

// The keys of an answer's sentences.
func (a answer) Question() string { return "portal.question." + a.ID }
func (a answer) Answer() string   { return "portal.answer." + a.ID }
func (a answer) words() string    { return "portal.words." + a.ID }

type topic struct {
	Title   string // a key of the catalogue
	Answers []answer
}

var (
	toPIN             = site.Way{Path: "/nes/pin", Text: "portal.pin"}
	toEOnay           = site.Way{Path: "/nes/e-onay", Text: "portal.e-onay"}
	toMachines        = site.Way{Path: "/cihazlar", Text: "portal.machines"}
	toInstall         = site.Way{Path: "/kurulum", Text: "portal.installation"}
	toCheck           = site.Way{Path: "/imza-dogrulama", Text: "portal.check"}
	toNetwork         = site.Way{Path: "/erisim", Text: "portal.access"}
	toUndertaking     = site.Way{Path: "/basvuru-formu-ve-taahhutname", Text: "portal.undertaking"}
	toApplications    = site.Way{Path: "/basvurular", Text: "application.list"}
	toSealApplication = site.Way{Path: "/mali-muhur-basvuru", Text: "sealapplication"}
	toShipment        = site.Way{Path: "/gonderi-sorgulama", Text: "portal.shipment"}
	toLogin           = site.Way{Path: "/giris", Text: "portal.login"}
)

// catalogue has all answers, in the order of the page.
var catalogue = []topic{
	{"portal.help.topic.card", []answer{
		{"pin-blocked", true, []site.Way{toPIN}},
		{"pin-where", false, []site.Way{toPIN}},
		{"expiry", true, nil},
		{"card-missing", true, []site.Way{toInstall}},
		{"pin-change", true, nil},
		{"puk", false, []site.Way{toPIN}},
		{"card-lost", false, nil},
	}},
	{"portal.help.topic.setup", []answer{
		{"program-missing", false, []site.Way{toInstall}},
		{"extension", false, []site.Way{toInstall}},
		{"browser", false, []site.Way{toInstall}},
		{"new-computer", false, []site.Way{toInstall, toMachines}},
		{"mobile", false, nil},
		{"mac", false, []site.Way{toInstall}},
		{"linux", false, []site.Way{toInstall}},
		{"network", false, []site.Way{toNetwork}},
		{"java", false, []site.Way{toInstall}},
	}},
	{"portal.help.topic.e-onay", []answer{
		{"what", false, []site.Way{toEOnay}},
		{"give", false, []site.Way{toEOnay}},
		{"withdraw", false, []site.Way{toEOnay}},
		{"code", false, nil},
		{"pending", false, []site.Way{toEOnay}},
		{"verify", false, []site.Way{toCheck}},
		{"texts", false, []site.Way{toUndertaking}},
	}},
	{"portal.help.topic.nes", []answer{
		{"apply", false, []site.Way{toApplications}},
		{"renewal", false, []site.Way{toApplications}},
		{"seal", false, []site.Way{toSealApplication}},
		{"courier", false, []site.Way{toShipment, toApplications}},
		{"fees", false, nil},
		{"paper", false, []site.Way{toApplications, toEOnay}},
	}},
	{"portal.help.topic.safety", []answer{
		{"login", false, []site.Way{toLogin}},
		{"phrase", false, nil},
		{"privacy", false, nil},
		{"machines", false, []site.Way{toMachines}},
		{"error", false, nil},
	}},
}
