namespace Roost.Engine.Search.Queries;

/// <summary>
/// Reads the query language.
/// <code>
///  any    = all { "OR" all }
///  all    = one { [ "AND" ] one }
///  one    = ( "-" | "NOT" ) one | "+" one | "(" any ")" | '"' text '"' | field ":" value | word [ "*" ]
/// </code>
/// AND, OR and NOT count in capitals only. What stands before a colon and is no field is part of a word, and so is a
/// hyphen before a blank. Every other wrong thing is an error with its place.
/// </summary>
/// <remarks>Recursion goes as deep as parentheses and negations, at most <see cref="DepthMax"/>.</remarks>
public ref struct QueryParser
{
    /// <summary>Longest query, in UTF-16 units.</summary>
    public const int LengthMax = 1_000;

    /// <summary>Most words, phrases and fields of one query.</summary>
    public const int ClausesMax = 64;

    /// <summary>Deepest nesting.</summary>
    public const int DepthMax = 32;

    /// <summary>Blanks, and what has a meaning in a query.</summary>
    private static readonly char[] _signs = [' ', '\t', '\r', '\n', '\u00A0', '\u3000', '(', ')', '"', '*'];

    private readonly string _text;
    private int _at;
    private int _clauses;
    private QueryError? _error;

    private QueryParser(string text) => _text = text;

    /// <summary>Either the clause, or what is wrong; one of them is null.</summary>
    public static (QueryClause? Clause, QueryError? Error) Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > LengthMax)
        {
            return (null, new QueryError(
                LengthMax, text.Length - LengthMax, $"a query has at most {LengthMax:N0} characters."));
        }
        var parser = new QueryParser(text);
        var clause = parser.Any(0);
        if (parser._error is null && parser._at < text.Length)
            parser.Fail(parser._at, 1, "this closing parenthesis has no opening one.");
        return parser._error is { } error ? (null, error) : (clause, null);
    }

    /// <summary>
    /// All words of a text that is no query, for who typed something else: without signs, operators and what is too
    /// long or too much. Null when there are none.
    /// </summary>
    public static QueryClause? Words(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var read = text.Length > LengthMax ? text[..LengthMax] : text;
        WordClause[] words =
        [
            .. read.Split(_signs, StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim('-', '+'))
                .Where(word => word.Length > 0 && word is not ("AND" or "OR" or "NOT"))
                .Take(ClausesMax).Select(word => new WordClause(word, false)),
        ];
        return words.Length switch { 0 => null, 1 => words[0], _ => new AllClause([.. words]) };
    }

    private QueryClause Any(int depth)
    {
        List<QueryClause> parts = [All(depth)];
        while (_error is null && TakeOperator("OR"))
            parts.Add(All(depth));
        return parts.Count == 1 ? parts[0] : new AnyClause([.. parts.SelectMany(Flat)]);

        static IEnumerable<QueryClause> Flat(QueryClause part) => part is AnyClause any ? any.Parts : [part];
    }

    private QueryClause All(int depth)
    {
        List<QueryClause> parts = [One(depth)];
        while (_error is null && (TakeOperator("AND") || StartsOne()))
            parts.Add(One(depth));
        return parts.Count == 1 ? parts[0] : new AllClause([.. parts.SelectMany(Flat)]);

        static IEnumerable<QueryClause> Flat(QueryClause part) => part is AllClause all ? all.Parts : [part];
    }

    private bool StartsOne()
    {
        SkipBlanks();
        return _at < _text.Length && _text[_at] != ')' && !IsOperator("OR");
    }

    private QueryClause One(int depth)
    {
        SkipBlanks();
        if (depth > DepthMax)
            return Fail(_at, 1, $"parentheses and negations may stand {DepthMax} deep at most.");
        if (_at == _text.Length)
            return Fail(_at, 0, _at == 0 ? "there is nothing to look for." : "a word is missing at the end.");
        if (IsOperator("OR") || IsOperator("AND"))
        {
            var length = IsOperator("OR") ? 2 : 3;
            return Fail(_at, length, "a word is missing before this; in quotes it is a word itself.");
        }
        if (TakeOperator("NOT") || TakeSign('-'))
            return new NotClause(One(depth + 1));
        if (TakeSign('+'))
            return One(depth + 1);
        return _text[_at] switch
        {
            '(' => Group(depth),
            ')' => Fail(_at, 1, "a word is missing before this parenthesis."),
            '"' => Phrase(),
            _ => Word(),
        };
    }

    private QueryClause Group(int depth)
    {
        var opening = _at++;
        var inner = Any(depth + 1);
        if (_error is not null)
            return inner;
        SkipBlanks();
        if (_at == _text.Length)
            return Fail(opening, 1, "this parenthesis is not closed.");
        _at++;
        return inner;
    }

    private QueryClause Phrase()
    {
        var opening = _at++;
        var length = _text.AsSpan(_at).IndexOf('"');
        if (length < 0)
            return Fail(opening, 1, "this quote is not closed.");
        var phrase = _text.Substring(_at, length);
        _at += length + 1;
        return Counted(opening, new PhraseClause(phrase));
    }

    private QueryClause Word()
    {
        var start = _at;
        var isLink = _text.AsSpan(start).StartsWith("http", StringComparison.OrdinalIgnoreCase)
            && _text.AsSpan(start, Math.Min(8, _text.Length - start)).Contains("://", StringComparison.Ordinal);
        while (!EndsAt(_at, isLink ? "" : "()\""))
            _at++;
        var word = _text[start.._at];
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && QueryField.Find(word.AsSpan(0, colon)) is { } field)
            return Field(field, start, word[(colon + 1)..]);
        if (word.Trim('*').Length == 0)
            return Fail(start, word.Length, "a prefix needs a letter at least before the star.");
        var isPrefix = word[^1] == '*' && !isLink;
        return Counted(start, new WordClause(isPrefix ? word.TrimEnd('*') : word, isPrefix));
    }

    private QueryClause Field(QueryField field, int start, string value)
    {
        var at = start + field.Name.Length + 1;
        if (value.Length == 0)
            return Fail(at, 0, $"{field}: takes {field.Expected}, right after the colon.");
        if (!field.Takes(value))
            return Fail(at, value.Length, $"{field}: takes {field.Expected}, not '{value}'.");
        return Counted(start, new FieldClause(field, value));
    }

    private QueryClause Counted(int start, QueryClause clause) => ++_clauses <= ClausesMax
        ? clause
        : Fail(start, _at - start, $"a query has at most {ClausesMax} words, phrases and fields.");

    /// <summary>Notes the first error; the clause that stands for what is missing is never seen.</summary>
    private WordClause Fail(int offset, int length, string problem)
    {
        _error ??= new QueryError(offset, length, problem);
        return new WordClause("", false);
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }

    private bool TakeOperator(string name)
    {
        SkipBlanks();
        if (!IsOperator(name))
            return false;
        _at += name.Length;
        return true;
    }

    private readonly bool IsOperator(string name) =>
        string.CompareOrdinal(_text, _at, name, 0, name.Length) == 0 && EndsAt(_at + name.Length, "()\"");

    /// <summary>A sign right before something.</summary>
    private bool TakeSign(char sign)
    {
        if (_text[_at] != sign || EndsAt(_at + 1, ")"))
            return false;
        _at++;
        return true;
    }

    private readonly bool EndsAt(int at, string others) =>
        at >= _text.Length || char.IsWhiteSpace(_text[at]) || others.Contains(_text[at], StringComparison.Ordinal);
}
