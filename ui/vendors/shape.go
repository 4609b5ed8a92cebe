package vendors

import (
	"reflect"
	"strings"
	"time"
	"unicode"

	"duenotice/campaigns/calendar"
)

// shapes turns the types of bodies into JSON Schema, each struct once, under
// its name.
type shapes struct{ known object }

// fieldOf is a field as JSON has it.
type fieldOf struct {
	name     string
	optional bool
	says     string
	oneOf    []string
	kind     reflect.Type
}

func fields(t reflect.Type) []fieldOf {
	var list []fieldOf
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || name == "" {
			continue
		}
		one := fieldOf{name: name, optional: strings.Contains(options, "omit"), says: f.Tag.Get("doc"), kind: f.Type}
		if values := f.Tag.Get("oneof"); values != "" {
			one.oneOf = strings.Split(values, ",")
		}
		list = append(list, one)
	}
	return list
}

// of is the schema of a type: what an answer always has is required; what a
// request may leave out is not known here, so a request's body requires nothing.
func (s shapes) of(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[calendar.Date]():
		return object{"type": []string{"string", "null"}, "format": "date"}
	case reflect.TypeFor[day]():
		return object{"type": []string{"string", "null"}, "description": "A date, 2027-03-12, or a moment, 2027-03-12T17:30:00Z, which counts as its day in London."}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem())}
	}
	name := nameOf(t)
	if s.known[name] == nil {
		s.known[name] = object{} // a type may hold itself
		properties, required := object{}, []string{}
		for _, f := range fields(t) {
			shape := s.of(f.kind)
			if f.oneOf != nil && !asked(t) {
				shape["enum"] = f.oneOf
			} else if f.oneOf != nil {
				shape["examples"] = f.oneOf // what is none of these is refused, with its reason
			}
			if f.says != "" {
				shape["description"] = f.says
			}
			properties[f.name] = shape
			if !f.optional && !asked(t) {
				required = append(required, f.name)
			}
		}
		s.known[name] = object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	}
	return object{"$ref": "#/components/schemas/" + name}
}

// asked tells whether a struct is a request's body, or in one: the names of
// answers end in JSON.
func asked(t reflect.Type) bool {
	return t.PkgPath() == reflect.TypeFor[report]().PkgPath() && !strings.HasSuffix(t.Name(), "JSON") && !strings.HasPrefix(t.Name(), "token")
}

func nameOf(t reflect.Type) string {
	runes := []rune(strings.TrimSuffix(t.Name(), "JSON"))
	runes[0] = unicode.ToUpper(runes[0])
	if asked(t) {
		return string(runes) + "Request"
	}
	return string(runes)
}

// fieldView is a field as the page shows it.
type fieldView struct{ Name, Type, Says string }

// fieldsOf lists the fields of a body, those of a list's objects under its name.
func fieldsOf(t reflect.Type, under string) []fieldView {
	var list []fieldView
	if t == nil {
		return nil
	}
	for _, f := range fields(t) {
		says := f.says
		if f.oneOf != nil {
			says = strings.TrimSpace(says + " One of " + strings.Join(f.oneOf, ", ") + ".")
		}
		kind, inner := kindOf(f.kind)
		list = append(list, fieldView{under + f.name, kind, says})
		if inner != nil {
			list = append(list, fieldsOf(inner, under+f.name+".")...)
		}
	}
	return list
}

// kindOf names a type in a word, and gives the struct that is in it.
func kindOf(t reflect.Type) (string, reflect.Type) {
	switch t {
	case reflect.TypeFor[time.Time]():
		return "moment", nil
	case reflect.TypeFor[calendar.Date](), reflect.TypeFor[day]():
		return "date", nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.Slice:
		if kind, inner := kindOf(t.Elem()); inner == nil {
			return "list of " + kind, nil
		}
		return "list", t.Elem()
	case reflect.Struct:
		return "object", t
	case reflect.Int, reflect.Int64:
		return "number", nil
	case reflect.Bool:
		return "true or false", nil
	}
	return "text", nil
}
