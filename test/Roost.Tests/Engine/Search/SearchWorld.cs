using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;

namespace Roost.Tests.Engine.Search;

/// <summary>Random posts and queries over a small vocabulary in which some words are frequent, from a seed.</summary>
internal sealed class SearchWorld(Random random)
{
    public const long Start = 1_700_000_000_000;
    public const int Authors = 12;

    private const int Words = 300;

    private static readonly LanguageCode[] _languages = [default, Language("en"), Language("de"), Language("nds")];

    private readonly SearchTerm[] _words = [.. Enumerable.Range(0, Words).Select(Word)];
    private uint _seq;
    private long _time = Start;

    public uint LastSeq => _seq;

    public long Time => _time;

    /// <summary>Mostly a little after the post before; one in ten comes late, now and then very late.</summary>
    public NaivePost NextPost()
    {
        _seq += (uint)random.Next(1, 4);
        _time += random.Next(3);
        var time = random.Next(10) > 0 ? _time : _time - random.Next(random.Next(20) == 0 ? 100_000 : 30);
        return NewForm(new NaivePost(_seq, new AccountId(1 + Skewed(Authors)), Math.Max(0, time), default, 0, []));
    }

    /// <summary>The same post with other words.</summary>
    public NaivePost NewForm(NaivePost post) => post with
    {
        Language = _languages[random.Next(_languages.Length)],
        Flags = (PostFlags)random.Next(256),
        Tokens = Tokens(),
    };

    public QueryNode NextQuery(int depth = 2) => random.Next(depth > 0 ? 14 : 8) switch
    {
        0 or 1 or 2 => new TermNode(AnyWord()),
        3 => new PrefixNode(new SearchTerm(AnyWord().Bytes[..^random.Next(3)] is { Length: > 0 } cut ? cut : "w"u8)),
        4 => Phrase(),
        5 => new AuthorNode(new AccountId(1 + random.Next(Authors + 1))),
        6 => random.Next(2) == 0
            ? new LanguageNode(_languages[random.Next(_languages.Length)])
            : new FlagsNode((PostFlags)(1 << random.Next(8))),
        7 => Times(),
        8 or 9 or 10 => new AndNode(Parts(depth)),
        11 or 12 => new OrNode(Parts(depth)),
        _ => new NotNode(NextQuery(depth - 1)),
    };

    private PhraseNode Phrase()
    {
        var terms = new List<PhraseTerm>();
        var offset = 0;
        for (var left = random.Next(3) > 0 ? 2 : random.Next(1, 5); left > 0; left--)
        {
            terms.Add(new(AnyWord(), offset));
            offset += random.Next(3) > 0 ? 1 : random.Next(3);
        }
        return new PhraseNode([.. terms]);
    }

    private TimeNode Times()
    {
        var from = Start + random.NextInt64(_time - Start + 1);
        return random.Next(3) switch
        {
            0 => new TimeNode(from, long.MaxValue),
            1 => new TimeNode(long.MinValue, from),
            _ => new TimeNode(from, from + random.Next(1_000)),
        };
    }

    private NodeList<QueryNode> Parts(int depth) =>
        NodeLists.Create<QueryNode>([.. Enumerable.Range(0, random.Next(4)).Select(_ => NextQuery(depth - 1))]);

    private SearchTerm AnyWord() => _words[Skewed(Words)];

    private int Skewed(int count) => (int)(count * Math.Pow(random.NextDouble(), 3));

    private List<(SearchTerm, int)> Tokens()
    {
        var tokens = new List<(SearchTerm, int)>();
        var position = random.Next(50) == 0 ? random.Next(100) : 0;
        for (var left = random.Next(30) == 0 ? 0 : random.Next(1, 14); left > 0; left--)
        {
            tokens.Add((AnyWord(), position));
            // A rare word is new each time.
            if (random.Next(20) == 0)
                tokens.Add((new SearchTerm($"#unique{_seq}"), position));
            position += random.Next(20) == 0 ? random.Next(40) : 1;
        }
        return tokens;
    }

    private static SearchTerm Word(int index) =>
        new(index % 10 == 9 ? new string((char)(0x61 + (index % 7)), Math.Min(index, 255)) : $"{(index % 3 == 0 ? "#" : "")}w{index}");

    private static LanguageCode Language(string letters) =>
        LanguageCode.TryParse(letters, out var code) ? code : throw new ArgumentException(letters);
}
