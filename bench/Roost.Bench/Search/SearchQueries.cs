using Roost.Bench.Frame;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;

namespace Roost.Bench.Search;

/// <summary>Queries of each kind, made of words as posts have them: a word is as likely as it is frequent.</summary>
internal sealed class SearchQueries
{
    private const int PerKind = 256;
    private const int PrefixesPerKind = 6;

    private static readonly (string Name, Func<SearchQueries, QueryNode[]> Make)[] _kinds =
    [
        ("one term, rare (10 to 100 in 1 M)", of => of.Terms(term => of.Per100K(term) is >= 1 and <= 10)),
        ("one term, medium (1 in 1,000)", of => of.Terms(term => of.Per100K(term) is >= 50 and <= 200)),
        ("one term, frequent (1 in 50)", of => of.Terms(term => of.Per100K(term) is >= 1_000 and <= 4_000)),
        ("one of the 20 most frequent terms", of => of.Terms(of._ranked[..20].Contains)),
        ("AND of two words of one post", of => Make(() => new AndNode([of.Word(), of.Word()]))),
        ("AND of two frequent words", of => Make(() => new AndNode([of.Word(of.Frequent), of.Word(of.Frequent)]))),
        ("phrase of two words", of => Make(of.Phrase)),
        ("OR of three words", of => Make(() => new OrNode([of.AnyWord(), of.AnyWord(), of.AnyWord()]))),
        ("a prefix of one letter", of => of.Prefixes()),
        ("a word in English with media", of => Make(() => new AndNode(
            [of.AnyWord(), new LanguageNode(English), new FlagsNode(PostFlags.HasMedia)]))),
    ];

    private readonly Dictionary<SearchTerm, int> _frequencies = [];
    private readonly SearchTerm[] _ranked;
    private readonly SearchTexts _texts;
    private readonly uint _posts;
    private readonly Random _random;
    private readonly SearchInput _input = new();

    /// <param name="only">What the names of the kinds have that are wanted; null: all are.</param>
    public SearchQueries(SearchTexts texts, uint posts, int seed, string? only)
    {
        _texts = texts;
        _posts = posts;
        _random = new Random(seed);
        var sample = Math.Min(posts, 100_000);
        for (uint post = 1; post <= sample; post++)
        {
            texts.Fill(post, _input);
            for (var i = 0; i < _input.Tokens.Length; i++)
            {
                var term = new SearchTerm(_input.Term(i));
                _frequencies[term] = _frequencies.GetValueOrDefault(term) + 1;
            }
        }
        _ranked = [.. _frequencies.OrderByDescending(one => one.Value).Select(one => one.Key)];
        // All are made, so that a kind has the same queries whichever are wanted.
        var kinds = Array.ConvertAll(_kinds, kind => (kind.Name, kind.Make(this)));
        Kinds = Array.FindAll(kinds, kind => Verbs.IsWanted(kind.Name, only));
    }

    /// <summary>Of all kinds that there are.</summary>
    public static IReadOnlyList<string> Names { get; } = Array.ConvertAll(_kinds, kind => kind.Name);

    public IReadOnlyList<(string Name, QueryNode[] Queries)> Kinds { get; }

    private static LanguageCode English => LanguageCode.TryParse("en", out var code) ? code : default;

    private int Per100K(SearchTerm term) => _frequencies.GetValueOrDefault(term);

    private bool Frequent(SearchTerm term) => Per100K(term) >= 500;

    private QueryNode[] Terms(Func<SearchTerm, bool> which)
    {
        var terms = _frequencies.Keys.Where(which).ToArray();
        return terms.Length == 0 ? [] : Make(() => new TermNode(terms[_random.Next(terms.Length)]));
    }

    private static QueryNode[] Make(Func<QueryNode> one) => [.. Enumerable.Range(0, PerKind).Select(_ => one())];

    private TermNode AnyWord()
    {
        Take();
        return Word();
    }

    /// <summary>A word of the post that was taken last.</summary>
    private TermNode Word() => Word(term => Per100K(term) >= 2);

    private TermNode Word(Func<SearchTerm, bool> which)
    {
        for (var tries = 0; ; tries++)
        {
            if (tries % 32 == 0)
                Take();
            var term = new SearchTerm(_input.Term(_random.Next(_input.Tokens.Length)));
            if (which(term))
                return new TermNode(term);
        }
    }

    private PhraseNode Phrase()
    {
        Take();
        while (_input.Tokens.Length < 2) Take();
        var at = _random.Next(_input.Tokens.Length - 1);
        return new PhraseNode([new(new SearchTerm(_input.Term(at)), 0), new(new SearchTerm(_input.Term(at + 1)), 1)]);
    }

    /// <summary>The first letters of words, as broad as a prefix may be; a few, for each costs milliseconds.</summary>
    private QueryNode[] Prefixes()
    {
        var letters = new HashSet<SearchTerm>();
        while (letters.Count < PrefixesPerKind)
        {
            var word = AnyWord().Term.ToString();
            if (word[0] < 0x80)
                letters.Add(new SearchTerm(word[..1]));
        }
        return [.. letters.Select(letter => new PrefixNode(letter))];
    }

    private void Take()
    {
        do
        {
            _texts.Fill(1 + (uint)_random.NextInt64(_posts), _input);
        }
        while (_input.Tokens.Length == 0);
    }
}
