package pdf

// Features are what a document has beside that which its pages show on paper. Objects that nothing leads to count too: a reader
// that repairs the file may find them.
type Features struct {
	Scripts bool // JavaScript (ISO 32000-2, 12.6.4.17)
	Actions bool // what starts programs, sends the form, imports data, or hides and shows parts (12.6.4.6, 12.7.6, 12.6.4.11, 12.6.4.13)
	Files   bool // embedded files (7.11.4)
	Layers  bool // optional content (8.11)
	Media   bool // sound, film, 3D (12.6.4.9 and on, 13)
	Links   bool // addresses and other files that a press leads to (12.6.4.3, 12.6.4.4, 12.6.4.8)
	Outside bool // content that lies outside of the file (7.3.8.1, 8.10.4)
	Hidden  bool // annotations that are not to be seen on a screen, and other images for print (12.5.3, 8.9.5.4)
	XFA     bool // a second form, which only some readers show instead of the pages (Annex K)
}

// Features reads every object, with the checks and the errors of CheckObjects.
func (f *File) Features() (Features, error) {
	var out Features
	err := f.EachObject(func(_ Ref, o Object) { out.add(o, false) })
	return out, err
}

// add looks at an object and at what is in it.
func (x *Features) add(o Object, isStream bool) {
	switch o := o.(type) {
	case Array:
		for _, v := range o {
			x.add(v, false)
		}
	case *Stream:
		x.add(o.Dict, true)
	case Dict:
		x.addDict(o, isStream)
		for _, v := range o {
			x.add(v, false)
		}
	}
}

// annotation flags (ISO 32000-2, table 167).
const (
	flagHidden = 1 << 1
	flagNoView = 1 << 5
)

func (x *Features) addDict(d Dict, isStream bool) {
	x.addAction(d)
	has := func(key Name) bool { return d[key] != nil }
	x.Scripts = x.Scripts || has("JS")
	x.Files = x.Files || has("EF") || d["Type"] == Name("EmbeddedFile")
	x.Layers = x.Layers || has("OCProperties") || d["Type"] == Name("OCG") || d["Type"] == Name("OCMD")
	x.Outside = x.Outside || isStream && has("F") || d["Subtype"] == Name("Form") && has("Ref") || has("OPI")
	x.Hidden = x.Hidden || isStream && has("Alternates")
	x.XFA = x.XFA || has("XFA")
	switch d["Subtype"] {
	case Name("3D"), Name("RichMedia"), Name("Movie"), Name("Sound"), Name("Screen"):
		x.Media = true
	}
	if flags, ok := d["F"].(Integer); ok && has("Rect") && has("Subtype") {
		x.Hidden = x.Hidden || flags&(flagHidden|flagNoView) != 0
	}
}

// addAction looks for the kind of an action; its Type may be missing (ISO 32000-2, table 196).
func (x *Features) addAction(d Dict) {
	switch d["S"] {
	case Name("JavaScript"):
		x.Scripts = true
	case Name("Launch"), Name("SubmitForm"), Name("ImportData"), Name("Hide"), Name("SetOCGState"):
		x.Actions = true
	case Name("URI"), Name("GoToR"), Name("GoToE"):
		x.Links = true
	case Name("Movie"), Name("Sound"), Name("Rendition"), Name("RichMediaExecute"), Name("GoTo3DView"):
		x.Media = true
	}
}
