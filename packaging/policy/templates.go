package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/internal/protocol"
)

// A member is one of the schema's.
type member struct{ name, kind string } // kind is "array", "string", "boolean", or "enum" where the schema lists the values

// readSchema returns the members in the order of the schema's text, which is that of the templates.
func readSchema(schema []byte) ([]member, error) {
	var content struct {
		Properties json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(schema, &content); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(content.Properties))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var members []member
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var property struct {
			Type string   `json:"type"`
			Enum []string `json:"enum"`
		}
		if err := d.Decode(&property); err != nil {
			return nil, err
		}
		m := member{name.(string), property.Type}
		if property.Enum != nil {
			m.kind = "enum"
		}
		if _, known := texts[m.name]; !known {
			return nil, fmt.Errorf("no text for the schema's %q", m.name)
		}
		members = append(members, m)
	}
	return members, nil
}

// browsers are those that have policies in the registry, each with its key for our extension.
var browsers = []struct{ id, name, key string }{
	{"Chrome", "Google Chrome", `Software\Policies\Google\Chrome\3rdparty\extensions\` + protocol.ChromiumExtensionID + `\policy`},
	{"Edge", "Microsoft Edge", `Software\Policies\Microsoft\Edge\3rdparty\extensions\` + protocol.ChromiumExtensionID + `\policy`},
	{"Firefox", "Mozilla Firefox", `Software\Policies\Mozilla\Firefox\3rdparty\Extensions\` + protocol.FirefoxExtensionID},
}

// A language is one of the templates', as Windows names it.
type language struct {
	tag  string
	text func(protocol.Sentence) string
}

var languages = []language{
	{"tr-TR", func(s protocol.Sentence) string { return s.TR }},
	{"en-US", func(s protocol.Sentence) string { return s.EN }},
}

// texts are what the templates say: the name of each member, what it does, and the label of its field.
var texts = map[string]struct{ name, explain, label protocol.Sentence }{
	"sites": {
		protocol.Sentence{TR: "Kurumun siteleri", EN: "Sites of the institution"},
		protocol.Sentence{TR: "E-Onay ayarlarında kurumunuzun siteleri olarak gösterilir; kişi hepsine bir düğmeyle izin verir. https://ebys.example.tr biçiminde, bağlantı noktası (port) olmadan yazın; en çok 64.", EN: "E-Onay's settings show these as your institution's; the person admits all of them with one button. Write them as https://ebys.example.tr, without a port; 64 at most."},
		protocol.Sentence{TR: "Adresler", EN: "Addresses"},
	},
	"libraries": {
		protocol.Sentence{TR: "Kart sürücüleri", EN: "Card drivers"},
		protocol.Sentence{TR: "PKCS #11 sürücülerinin tam yolları; en çok 16. Dosya, yalnızca yöneticilerin yazabildiği bir yerde olmalıdır; değilse kullanılmaz.", EN: "Full paths of PKCS #11 libraries; 16 at most. A file must lie where only administrators can write, or it is not used."},
		protocol.Sentence{TR: "Tam yollar", EN: "Full paths"},
	},
	"language": {
		protocol.Sentence{TR: "Dil", EN: "Language"},
		protocol.Sentence{TR: "Kişi bir dil seçene kadar kullanılan dil.", EN: "The language until the person has chosen one."},
		protocol.Sentence{TR: "Dil", EN: "Language"},
	},
	"phraseRequired": {
		protocol.Sentence{TR: "Güvenlik sözü zorunlu", EN: "Require a security phrase"},
		protocol.Sentence{TR: "Kişi bir güvenlik sözü belirleyene kadar hiçbir pencere imza atmaz.", EN: "No window signs until the person has set a security phrase."},
		protocol.Sentence{},
	},
	"installURL": {
		protocol.Sentence{TR: "Programın alındığı sayfa", EN: "Where the program is from"},
		protocol.Sentence{TR: "E-Onay programı eksik ya da eskiyse kişiye gösterilecek https adresi.", EN: "The https address that the person is shown where the E-Onay program is missing or old."},
		protocol.Sentence{TR: "Adres", EN: "Address"},
	},
}

// Names of the languages, in the templates' languages.
var languageNames = map[string]protocol.Sentence{"tr": {TR: "Türkçe", EN: "Turkish"}, "en": {TR: "İngilizce", EN: "English"}}

const namespaces = `xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions" revision="1.0" schemaVersion="1.0"`

// admx returns the template: each member for each browser, for the machine.
func admx(members []member) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<policyDefinitions %s>\n", namespaces)
	b.WriteString("  <policyNamespaces>\n    <target prefix=\"eonay\" namespace=\"EOnay.Policies\"/>\n  </policyNamespaces>\n")
	b.WriteString("  <resources minRequiredRevision=\"1.0\"/>\n")
	b.WriteString("  <supportedOn>\n    <definitions>\n      <definition name=\"Supported\" displayName=\"$(string.Supported)\"/>\n    </definitions>\n  </supportedOn>\n")
	b.WriteString("  <categories>\n    <category name=\"EOnay\" displayName=\"$(string.EOnay)\"/>\n")
	for _, browser := range browsers {
		fmt.Fprintf(&b, "    <category name=\"%s\" displayName=\"$(string.%[1]s)\">\n      <parentCategory ref=\"EOnay\"/>\n    </category>\n", browser.id)
	}
	b.WriteString("  </categories>\n  <policies>\n")
	for _, browser := range browsers {
		for _, m := range members {
			writePolicy(&b, browser.id, browser.key, m)
		}
	}
	b.WriteString("  </policies>\n</policyDefinitions>\n")
	return b.Bytes()
}

// writePolicy writes one policy. A list's values have a key of their own, in which they are called 1, 2, ….
func writePolicy(b *bytes.Buffer, browser, key string, m member) {
	var inner, more string
	switch m.kind {
	case "array":
		inner = fmt.Sprintf("      <elements>\n        <list id=\"%s\" key=\"%s\\%[1]s\" valuePrefix=\"\"/>\n      </elements>\n", m.name, key)
	case "enum":
		var items strings.Builder
		for _, value := range []string{"tr", "en"} {
			fmt.Fprintf(&items, "          <item displayName=\"$(string.language_%s)\">\n            <value><string>%[1]s</string></value>\n          </item>\n", value)
		}
		inner = fmt.Sprintf("      <elements>\n        <enum id=\"%s\" valueName=\"%[1]s\" required=\"true\">\n%s        </enum>\n      </elements>\n", m.name, items.String())
	case "boolean":
		more = fmt.Sprintf(` valueName="%s"`, m.name)
		inner = "      <enabledValue><decimal value=\"1\"/></enabledValue>\n      <disabledValue><decimal value=\"0\"/></disabledValue>\n"
	default:
		inner = fmt.Sprintf("      <elements>\n        <text id=\"%s\" valueName=\"%[1]s\" required=\"true\"/>\n      </elements>\n", m.name)
	}
	if m.kind != "boolean" {
		more = fmt.Sprintf(` presentation="$(presentation.%s)"`, m.name)
	}
	fmt.Fprintf(b, "    <policy name=\"%s_%s\" class=\"Machine\" displayName=\"$(string.%[2]s)\" explainText=\"$(string.%[2]s_explain)\" key=\"%[3]s\"%[4]s>\n", browser, m.name, key, more)
	fmt.Fprintf(b, "      <parentCategory ref=\"%s\"/>\n      <supportedOn ref=\"Supported\"/>\n%s    </policy>\n", browser, inner)
}

// adml returns the template's words in a language.
func adml(members []member, l language) []byte {
	var b bytes.Buffer
	text := func(id, s string) {
		fmt.Fprintf(&b, "      <string id=\"%s\">%s</string>\n", id, escape(s))
	}
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<policyDefinitionResources %s>\n  <displayName>E-Onay</displayName>\n  <description>E-Onay</description>\n", namespaces)
	b.WriteString("  <resources>\n    <stringTable>\n")
	text("EOnay", "E-Onay")
	text("Supported", l.text(protocol.Sentence{TR: "E-Onay uzantısı kurulu tarayıcılar", EN: "Browsers with the E-Onay extension"}))
	for _, browser := range browsers {
		text(browser.id, browser.name)
	}
	for _, m := range members {
		text(m.name, l.text(texts[m.name].name))
		text(m.name+"_explain", l.text(texts[m.name].explain))
	}
	for _, value := range []string{"tr", "en"} {
		text("language_"+value, l.text(languageNames[value]))
	}
	b.WriteString("    </stringTable>\n    <presentationTable>\n")
	for _, m := range members {
		label := escape(l.text(texts[m.name].label))
		switch m.kind {
		case "array":
			label = fmt.Sprintf("<listBox refId=\"%s\">%s</listBox>", m.name, label)
		case "enum":
			label = fmt.Sprintf("<dropdownList refId=\"%s\" noSort=\"true\" defaultItem=\"0\">%s</dropdownList>", m.name, label)
		case "string":
			label = fmt.Sprintf("<textBox refId=\"%s\"><label>%s</label></textBox>", m.name, label)
		default:
			continue
		}
		fmt.Fprintf(&b, "      <presentation id=\"%s\">%s</presentation>\n", m.name, label)
	}
	b.WriteString("    </presentationTable>\n  </resources>\n</policyDefinitionResources>\n")
	return b.Bytes()
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes all
	return b.String()
}
