using System.Buffers;
using System.Collections.Frozen;
using System.Runtime.InteropServices;
using Roost.Engine.Search;

namespace Roost.Engine.Text;

/// <summary>
/// Guesses the language that a post is written in. Most scripts belong to one language or are told apart by a few
/// letters; for Latin script every word of the post that is among a language's commonest ones votes for it, the
/// stronger the commoner it is, as do endings and rare letters. Unknown where there is too little to go by: a wrong
/// language hides a post from those who filter by it, an unknown one does not.
/// </summary>
/// <remarks>
/// Some 2,000 votes in two small tables; costs a look-up or two a word, allocates nothing. What it cannot tell apart:
/// close relatives beyond its list (Catalan passes for Spanish), and words written in foreign letters.
/// </remarks>
public static class LanguageDetector
{
    /// <summary>Words after these have nothing new to say.</summary>
    private const int WordsMax = 64;

    private const int WordBytesMax = 8;
    private const float ScoreMin = 1.5f;
    private const float LeadMin = 0.3f;

    /// <summary>What the languages that most posts are in begin with.</summary>
    private const float Prior = 0.4f;

    private static readonly SearchValues<char> _ascii =
        SearchValues.Create([.. Enumerable.Range(0, 0x80).Select(unit => (char)unit)]);

    private static readonly LanguageCode[] _languages = [.. LanguageWords.Words.Select(entry => Code(entry.Language))];
    private static readonly VoteTable _words = WordVotes();
    private static readonly VoteTable _endings = Votes(LanguageWords.Endings, 0.8f);
    private static readonly FrozenDictionary<char, Vote[]> _letters = LetterVotes();

    /// <summary>A bit for each two bytes that some ending ends in: most words end otherwise.</summary>
    private static readonly ulong[] _knownEnds = KnownEnds();

    /// <param name="terms">The same text's terms.</param>
    /// <returns><c>default</c> when it cannot be told.</returns>
    public static LanguageCode Detect(ReadOnlySpan<char> text, TokenList terms)
    {
        var script = ScriptTally.Of(text);
        return script.IsLatin ? OfLatin(text, terms) : script.Language;
    }

    private static LanguageCode OfLatin(ReadOnlySpan<char> text, TokenList terms)
    {
        Span<float> scores = stackalloc float[_languages.Length];
        scores.Clear();
        scores[..LanguageWords.Widespread].Fill(Prior);
        AddLetters(text, scores);
        AddWords(terms, scores);
        var best = 0;
        for (var i = 1; i < scores.Length; i++)
            best = scores[i] > scores[best] ? i : best;
        var second = 0f;
        for (var i = 0; i < scores.Length; i++)
            second = i != best ? Math.Max(second, scores[i]) : second;
        return scores[best] >= ScoreMin && scores[best] - second >= LeadMin ? _languages[best] : default;
    }

    private static void AddLetters(ReadOnlySpan<char> text, Span<float> scores)
    {
        var seen = 0;
        text = text[..Math.Min(text.Length, 1_000)];
        while (text.IndexOfAnyExcept(_ascii) is var at and >= 0)
        {
            var isTelling = _letters.TryGetValue(char.ToLowerInvariant(text[at]), out var votes);
            text = text[(at + 1)..];
            if (!isTelling)
                continue;
            Add(votes, scores);
            if (++seen == 8)
                return;
        }
    }

    private static void AddWords(TokenList terms, Span<float> scores)
    {
        var words = 0;
        for (var i = 0; i < terms.Count && words < WordsMax; i++)
        {
            if (terms.Tokens[i] is not { Kind: TokenKind.Word, IsExtra: false })
                continue;
            words++;
            var length = terms.Terms[i].Length;
            if (length <= WordBytesMax && _words.Find(terms.Eight(i, 0)) is { IsEmpty: false } votes)
            {
                Add(votes, scores);
                continue;
            }
            var term = terms.TermAt(i);
            if (length < 3 || !HasKnownEnd(term[^2], term[^1]))
                continue;
            // The longest ending that is known speaks.
            for (var ending = Math.Min(5, length - 1); ending >= 2; ending--)
            {
                votes = _endings.Find(terms.Eight(i, length - ending));
                if (votes.IsEmpty)
                    continue;
                Add(votes, scores);
                break;
            }
        }
    }

    private static bool HasKnownEnd(byte lastButOne, byte last)
    {
        var pair = (lastButOne << 8) | last;
        return (_knownEnds[pair >> 6] >> (pair & 63) & 1) != 0;
    }

    private static void Add(ReadOnlySpan<Vote> votes, Span<float> scores)
    {
        foreach (var vote in votes)
            scores[vote.Language] += vote.Weight;
    }

    private static ulong Key(ReadOnlySpan<byte> word)
    {
        Span<byte> padded = stackalloc byte[WordBytesMax];
        padded.Clear();
        word.CopyTo(padded);
        return MemoryMarshal.Read<ulong>(padded);
    }

    /// <summary>By Zipf's law the word of rank r has a share of about 1/(10 r) of a text: its vote is the logarithm of
    /// that against the share of a word that means nothing.</summary>
    private static VoteTable WordVotes()
    {
        var votes = new Dictionary<ulong, List<Vote>>();
        for (var language = 0; language < _languages.Length; language++)
        {
            var rank = 0;
            foreach (var word in LanguageWords.Words[language].Words.Split(' ').Select(w => Folding.Fold(w)).Distinct())
                AddVote(votes, word, new Vote(language, MathF.Log(1 + 400f / (++rank + 8))));
        }
        return new VoteTable(votes);
    }

    private static VoteTable Votes((string Languages, string Items)[] lists, float weight)
    {
        var votes = new Dictionary<ulong, List<Vote>>();
        foreach (var (languages, items) in lists)
        {
            foreach (var item in items.Split(' '))
                AddVote(votes, item, new Vote(IndexOf(languages), weight));
        }
        return new VoteTable(votes);
    }

    private static ulong[] KnownEnds()
    {
        var ends = new ulong[(1 << 16) / 64];
        foreach (var ending in LanguageWords.Endings.SelectMany(list => list.Endings.Split(' ')))
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(ending);
            var pair = (bytes[^2] << 8) | bytes[^1];
            ends[pair >> 6] |= 1UL << (pair & 63);
        }
        return ends;
    }

    private static FrozenDictionary<char, Vote[]> LetterVotes()
    {
        var votes = new Dictionary<char, List<Vote>>();
        foreach (var (languages, letters) in LanguageWords.Letters)
        {
            var shared = languages.Split(' ');
            foreach (var letter in letters)
            {
                if (!votes.TryGetValue(letter, out var list))
                    votes[letter] = list = [];
                list.AddRange(shared.Select(language => new Vote(IndexOf(language), 2.5f / MathF.Sqrt(shared.Length))));
            }
        }
        return votes.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToArray());
    }

    private static void AddVote(Dictionary<ulong, List<Vote>> votes, string word, Vote vote)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(word);
        if (bytes.Length > WordBytesMax)
            return;
        if (!votes.TryGetValue(Key(bytes), out var list))
            votes[Key(bytes)] = list = [];
        list.Add(vote);
    }

    private static int IndexOf(string language) => Array.IndexOf(_languages, Code(language));

    private static LanguageCode Code(string language) =>
        LanguageCode.TryParse(language, out var code) ? code : throw new ArgumentException(language);
}
