using System.Text;
using Roost.Bench.Frame;
using Roost.Engine.Text;

namespace Roost.Bench.Text;

/// <summary>
/// Finds Thai words in posts that have no spaces, in three ways, and holds what is found against the words that ICU's
/// dictionary cuts the posts into: of the posts found, how many have the word as a word (precision); of those that
/// have it, how many are found (recall). The words are drawn from the posts, a word as often as it stands there.
/// </summary>
internal static class ThaiPrecision
{
    private const int QueriesMax = 1_000;
    private const int WordLengthMin = 3;

    public static void AddTo(Report report, string[] posts)
    {
        using var breaker = IcuWords.TryOpen("th");
        if (breaker is null)
        {
            report.Note("Thai was not measured: libicuuc, whose dictionary is the reference, is not installed.");
            return;
        }
        var words = posts.Select(post => breaker.WordsOf(post).Where(IsThai).ToHashSet()).ToArray();
        var queries = Draw(words);
        var index = new PairIndex(posts);
        var table = report.AddTable(
            $"Thai words found without spaces: {queries.Length:N0} words in {posts.Length:N0} posts, against ICU's",
            "how", "found", "precision %", "recall %");
        Add("pairs of clusters, as a phrase", query => index.Find(query, asPhrase: true));
        Add("pairs of clusters, anywhere", query => index.Find(query, asPhrase: false));
        Add("the same letters, anywhere", query => [.. Enumerable.Range(0, posts.Length).Where(
            i => posts[i].Contains(query, StringComparison.Ordinal))]);

        void Add(string how, Func<string, HashSet<int>> find)
        {
            var (found, right, wanted) = (0L, 0L, 0L);
            foreach (var query in queries)
            {
                var hits = find(query);
                found += hits.Count;
                right += hits.Count(i => words[i].Contains(query));
                wanted += words.Count(of => of.Contains(query));
            }
            table.Add(how, found, 100.0 * right / found, 100.0 * right / wanted);
        }
    }

    private static bool IsThai(string word) =>
        word.Length >= WordLengthMin && word.All(c => c is >= '\u0E00' and <= '\u0E7F');

    private static string[] Draw(HashSet<string>[] words)
    {
        var all = words.SelectMany(of => of.Order(StringComparer.Ordinal)).ToArray();
        var random = new Random(1);
        return [.. Enumerable.Range(0, all.Length * 4).Select(_ => all[random.Next(all.Length)])
            .Distinct().Take(QueriesMax)];
    }

    /// <summary>Terms of posts in hash tables: slow and plain.</summary>
    private sealed class PairIndex
    {
        private readonly Dictionary<string, List<(int Post, int Position)>> _places = [];
        private readonly HashSet<(string Term, int Post, int Position)> _all = [];
        private readonly TokenList _list = new();

        public PairIndex(string[] posts)
        {
            for (var post = 0; post < posts.Length; post++)
            {
                foreach (var (term, position, _) in Terms(posts[post]))
                {
                    if (!_places.TryGetValue(term, out var places))
                        _places[term] = places = [];
                    places.Add((post, position));
                    _all.Add((term, post, position));
                }
            }
        }

        public HashSet<int> Find(string word, bool asPhrase)
        {
            var terms = Terms(word).Where(term => !term.IsExtra).ToArray();
            // One cluster alone is a prefix.
            var isSingle = terms.Length == 1 && _list.Tokens[0].Kind == TokenKind.PairEnd;
            var first = isSingle
                ? _places.Where(pair => pair.Key.StartsWith(terms[0].Term, StringComparison.Ordinal))
                    .SelectMany(pair => pair.Value)
                : _places.GetValueOrDefault(terms[0].Term, []);
            if (asPhrase)
                return [.. first.Where(at => terms.All(term => isSingle || Has(term, at))).Select(at => at.Post)];
            var posts = first.Select(at => at.Post).ToHashSet();
            foreach (var term in terms.Skip(1))
                posts.IntersectWith(_places.GetValueOrDefault(term.Term, []).Select(at => at.Post));
            return posts;

            bool Has((string Term, int Position, bool IsExtra) term, (int Post, int Position) at) =>
                _all.Contains((term.Term, at.Post, at.Position + term.Position - terms[0].Position));
        }

        private List<(string Term, int Position, bool IsExtra)> Terms(string text)
        {
            Tokenizer.Tokenize(text, _list);
            var terms = new List<(string, int, bool)>(_list.Count);
            for (var i = 0; i < _list.Count; i++)
            {
                terms.Add((Encoding.UTF8.GetString(_list.TermAt(i)), _list.Terms[i].Position, _list.Tokens[i].IsExtra));
            }
            return terms;
        }
    }
}
