using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;

namespace Roost.Web.Rendering;

/// <summary>
/// The posts of a page whose bytes are not kept: reads them as Posts lends them, in memory that is used again, and has
/// those of words alone rendered. The page's outline has their authors, and was given to who may see them. One page at
/// a time.
/// </summary>
internal sealed class MissingPosts
{
    private readonly List<uint> _seqs = [];
    private readonly List<int> _rows = [];
    private readonly List<AccountId> _mentioned = [];
    private readonly PostTexts _texts = new();
    private OutlinedPage _page = null!;

    /// <param name="rows">Of the page.</param>
    public void Begin(OutlinedPage page, ReadOnlySpan<int> rows)
    {
        _page = page;
        _seqs.Clear();
        _rows.Clear();
        foreach (var row in rows)
        {
            _rows.Add(row);
            _seqs.Add(page.Posts[row].Ref.Seq);
        }
    }

    /// <summary>Has kept what can be rendered of words and names alone; the others stay missing.</summary>
    public async ValueTask KeepAsync(PostsApi posts, UsersApi users, StatusRenderer statuses, Call call)
    {
        await posts.Texts(new ReadPostTexts(_seqs, [], _texts), call);
        FindMentioned();
        var named = _mentioned.Count == 0 ? [] : await users.Get(new GetAccounts(_mentioned), call);
        Keep(statuses, named);
    }

    private void FindMentioned()
    {
        _mentioned.Clear();
        for (var i = 0; i < _rows.Count; i++)
        {
            if (!CanBeRendered(i)) continue;
            foreach (var mention in _texts[i].Mentions) _mentioned.Add(mention);
        }
    }

    /// <param name="named">For each that is mentioned.</param>
    private void Keep(StatusRenderer statuses, ReadOnlySpan<Account?> named)
    {
        using var scratch = new Utf8Buffer();
        for (var i = 0; i < _rows.Count; i++)
        {
            if (!CanBeRendered(i)) continue;
            var post = _texts[i];
            statuses.Keep(scratch, post, _page.Authors[_rows[i]], Existing(named[..post.Mentions.Length]));
            named = named[post.Mentions.Length..];
        }
    }

    /// <summary>Whether it is there, as it was when the outline was made, and needs nothing else.</summary>
    private bool CanBeRendered(int index) =>
        _texts.Has(index) && _texts[index].IsOfWordsAlone && _page.Posts[_rows[index]].Edit == 0;

    private static Account[] Existing(ReadOnlySpan<Account?> named)
    {
        if (named.IsEmpty) return [];
        var existing = new List<Account>(named.Length);
        foreach (var account in named)
        {
            if (account is not null) existing.Add(account);
        }
        return [.. existing];
    }
}
