package verify_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/internal/xades"
)

const invoice = `<Fatura xmlns="urn:x"><Tutar Id="tutar">100</Tutar></Fatura>`

// TestXML has the words on signed XML: over all of it, over a part that was wrapped, and changed.
func TestXML(t *testing.T) {
	d := newDesk(t)
	document := ades.NewDocument("fatura.xml", "text/xml", []byte(invoice))
	whole := d.SignXML(validationtest.Signed, nil, xades.Options{}, document)
	part := d.SignXML(validationtest.Signed, nil, xades.Options{Element: "tutar"}, document)
	wrapped := strings.NewReplacer(`<Fatura xmlns="urn:x">`, `<Zarf xmlns="urn:x"><Fatura><Tutar>900</Tutar></Fatura><Eski>`, "</Fatura>", "</Eski></Zarf>").Replace(string(part))
	for name, test := range map[string]struct {
		file   []byte
		status int
		says   []string
	}{
		"whole":    {whole, 0, []string{"İmza geçerli", "XAdES-BASELINE-B", "Dosyanın içindeki içeriğin tamamı"}},
		"part":     {part, 0, []string{"XML belgesinin yalnızca şu bölümü: #tutar Tutar"}},
		"wrapped":  {[]byte(wrapped), 0, []string{"bazı bölümleri imzalanmamış", "İmzalanmamış: 1", "/Zarf/Fatura"}},
		"changed":  {bytes.Replace(whole, []byte(">100<"), []byte(">900<"), 1), 1, []string{"TOTAL-FAILED, HASH_FAILURE"}},
		"unsigned": {[]byte(invoice), 3, []string{"tanınan bir imza yok"}},
	} {
		status, out := d.judge(d.write(name+".xml", test.file))
		if status != test.status {
			t.Errorf("%s: status %d, want %d\n%s", name, status, test.status, out)
		}
		for _, want := range test.says {
			if !strings.Contains(out, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, out)
			}
		}
	}
}

// TestExtendXML makes signed XML last.
func TestExtendXML(t *testing.T) {
	o := newOffice(t)
	signed := o.SignXML(time.Now(), nil, xades.Options{Form: xades.Detached}, ades.NewDocument("bir.txt", "text/plain", []byte("Bir.")))
	content := o.write("bir.txt", []byte("Bir."))
	file, out := o.write("bir.xml", signed), o.path("lasting.xml")
	status, says := o.extend("-tsa", o.authority.URL, "-content", content, "-level", "LTA", "-o", out, file)
	if status != 0 || !strings.Contains(says, "XAdES-BASELINE-LTA") {
		t.Errorf("status %d\n%s", status, says)
	}
}
