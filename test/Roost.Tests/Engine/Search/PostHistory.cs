using Roost.Engine.Search;
using Xunit;

namespace Roost.Tests.Engine.Search;

/// <summary>
/// Every form that each post had, and when, while one thread changes an index and another searches it: what a search
/// may have seen, and what it must have. Thread-safe.
/// <code>
///  steps   1   2   3   4   5   6        a change begins, its step is noted, it is done
///                  [ a search ]         what was there when it began, or came or went meanwhile, it may have seen
/// </code>
/// </summary>
internal sealed class PostHistory
{
    private readonly Dictionary<uint, List<(int Step, ScannedPost? Form)>> _posts = [];
    private readonly Lock _lock = new();
    private int _begun;
    private int _done;

    /// <summary>Newest step that is done.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>Newest step that has begun.</summary>
    public int Begun => Volatile.Read(ref _begun);

    /// <summary>The present form, or null. The writer only.</summary>
    public NaivePost? Now(uint seq) => _posts.TryGetValue(seq, out var forms) ? forms[^1].Form?.Post : null;

    /// <summary>Changes a post by <paramref name="change"/>. The writer only.</summary>
    /// <param name="form">What it is from then on; null for gone.</param>
    public void Change(uint seq, NaivePost? form, Action change)
    {
        var step = _done + 1;
        lock (_lock)
        {
            if (!_posts.TryGetValue(seq, out var forms))
                _posts.Add(seq, forms = []);
            forms.Add((step, form is null ? null : new ScannedPost(form)));
        }
        Volatile.Write(ref _begun, step);
        change();
        Volatile.Write(ref _done, step);
    }

    /// <summary>Checks what a search found that ran from one step to another.</summary>
    /// <param name="done">What was done when it began.</param>
    /// <param name="begun">What had begun when it ended.</param>
    public void AssertPossible(SearchRequest request, SearchPage page, int done, int begun, string which)
    {
        Require(!page.IsPartial, $"it is partial");
        for (var i = 1; i < page.Hits.Count; i++)
            Require(page.Hits[i].Key < page.Hits[i - 1].Key, $"hit {i} is not below the one before");
        var end = page.Hits.Count == request.Limit ? page.Hits[^1].Key : default;
        var found = page.Hits.Select(hit => hit.Seq).ToHashSet();
        lock (_lock)
        {
            foreach (var hit in page.Hits)
            {
                Require(hit.Key < request.Before, $"{hit} is not below where the page begins");
                Require(
                    Seen(hit.Seq, done, begun).Any(form => form?.Hit == hit && form.Matches(request.Query)),
                    $"{hit} did not match");
            }
            foreach (var (seq, forms) in _posts)
            {
                var key = forms[0].Form!.Post.Key;
                if (key < end || key >= request.Before || found.Contains(seq) || forms[0].Step > done)
                    continue;
                Require(
                    !Seen(seq, done, begun).All(form => form?.Matches(request.Query) == true),
                    $"post {seq} matched all the time and was not found");
            }
        }

        void Require(bool isSo, FormattableString otherwise)
        {
            if (!isSo)
                Assert.Fail($"{which}, from step {done} to {begun}: {otherwise}. {request}");
        }
    }

    /// <summary>The forms that a search may have seen.</summary>
    private IEnumerable<ScannedPost?> Seen(uint seq, int done, int begun)
    {
        if (!_posts.TryGetValue(seq, out var forms))
            yield break;
        for (var i = 0; i < forms.Count; i++)
        {
            if (forms[i].Step <= begun && (i == forms.Count - 1 || forms[i + 1].Step > done))
                yield return forms[i].Form;
        }
    }
}
