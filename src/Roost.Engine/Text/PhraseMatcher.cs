namespace Roost.Engine.Text;

/// <summary>A phrase to be found.</summary>
/// <param name="Text">Whatever its case and accents: it is folded.</param>
/// <param name="WholeWord">Only where no letter or digit stands right beside it; in scripts without spaces everywhere,
/// and at an end that is no letter or digit itself.</param>
public readonly record struct Phrase(string Text, bool WholeWord);

/// <summary>
/// Finds which of many phrases a text has, in one pass over the text however many there are (Aho and Corasick, 1975).
/// Immutable and thread-safe. Both sides are folded (<see cref="Folding"/>), so that case, accents and width do not
/// matter.
/// </summary>
/// <remarks>
/// Cost: a few nanoseconds a character that begins no phrase, some tens where phrases run; building some 100 ns a
/// character of all phrases. A phrase that folds into nothing is never found.
/// </remarks>
public sealed class PhraseMatcher
{
    private readonly Phrase[] _phrases;
    private readonly string[] _folded;

    // A state is a beginning of phrases. What is reached from one by a character; where to go on when that is nowhere;
    // the phrase that ends here; and the next shorter ending of it that is a phrase.
    private readonly Dictionary<(int State, char Next), int> _next = [];
    private readonly List<int> _fail = [0];
    private readonly List<List<int>?> _ends = [null];
    private readonly List<int> _shorter = [0];
    private readonly HashSet<char> _firsts = [];
    private readonly bool[] _asciiFirsts = new bool[128];

    public PhraseMatcher(IEnumerable<Phrase> phrases)
    {
        _phrases = [.. phrases];
        _folded = Array.ConvertAll(_phrases, phrase => Folding.Fold(phrase.Text).Trim());
        for (var i = 0; i < _phrases.Length; i++)
            Add(i);
        Link();
    }

    /// <summary>Which phrases the text has.</summary>
    /// <param name="folded">By <see cref="Folding.Fold"/>.</param>
    /// <returns>Their indexes, ascending; null for none.</returns>
    public IReadOnlyList<int>? Find(ReadOnlySpan<char> folded)
    {
        SortedSet<int>? found = null;
        var state = 0;
        for (var i = 0; i < folded.Length; i++)
        {
            var next = folded[i];
            if (state == 0 && (next < 128 ? !_asciiFirsts[next] : !_firsts.Contains(next)))
                continue;
            state = Step(state, next);
            for (var ending = state; ending != 0; ending = _shorter[ending])
            {
                foreach (var phrase in _ends[ending] ?? [])
                {
                    if (IsMatch(phrase, folded, i + 1))
                        (found ??= []).Add(phrase);
                }
            }
        }
        return found is null ? null : [.. found];
    }

    private bool IsMatch(int phrase, ReadOnlySpan<char> text, int end)
    {
        if (!_phrases[phrase].WholeWord)
            return true;
        var start = end - _folded[phrase].Length;
        return IsBorder(text, start) && IsBorder(text, end);
    }

    /// <summary>Whether no word runs on over a place.</summary>
    private static bool IsBorder(ReadOnlySpan<char> text, int at) =>
        at == 0 || at == text.Length || !IsOfWord(ClassBefore(text, at)) || !IsOfWord(CharClasses.At(text, at, out _));

    private static CharClass ClassBefore(ReadOnlySpan<char> text, int at)
    {
        // Marks belong to what they stand on.
        var place = at - 1;
        while (place > 0 && CharClasses.Of(text[place]) == CharClass.Extend)
            place--;
        if (place > 0 && char.IsLowSurrogate(text[place]))
            place--;
        return CharClasses.At(text, place, out _);
    }

    // Signs of scripts without spaces are words by themselves.
    private static bool IsOfWord(CharClass found) =>
        found is CharClass.Letter or CharClass.Digit or CharClass.Extend or CharClass.Connector;

    private void Add(int phrase)
    {
        var text = _folded[phrase];
        if (text.Length == 0)
            return;
        _firsts.Add(text[0]);
        if (text[0] < 128)
            _asciiFirsts[text[0]] = true;
        var state = 0;
        foreach (var next in text)
        {
            if (!_next.TryGetValue((state, next), out var to))
            {
                to = _fail.Count;
                _next.Add((state, next), to);
                _fail.Add(0);
                _ends.Add(null);
                _shorter.Add(0);
            }
            state = to;
        }
        (_ends[state] ??= []).Add(phrase);
    }

    /// <summary>Breadth first: what a state falls back to is shorter, and so linked before.</summary>
    private void Link()
    {
        var following = _next.ToLookup(edge => edge.Key.State, edge => (edge.Key.Next, State: edge.Value));
        var queue = new Queue<int>();
        foreach (var (_, state) in following[0])
            queue.Enqueue(state);
        while (queue.TryDequeue(out var state))
        {
            foreach (var (next, to) in following[state])
            {
                _fail[to] = Step(_fail[state], next);
                queue.Enqueue(to);
            }
            var back = _fail[state];
            _shorter[state] = _ends[back] is not null ? back : _shorter[back];
        }
    }

    private int Step(int state, char next)
    {
        int to;
        while (!_next.TryGetValue((state, next), out to))
        {
            if (state == 0)
                return 0;
            state = _fail[state];
        }
        return to;
    }
}
