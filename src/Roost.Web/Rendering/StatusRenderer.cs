using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Services.Cards;
using Roost.Services.Community;
using Roost.Services.Filters;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Filters;

namespace Roost.Web.Rendering;

/// <summary>
/// Writes posts and boosts as the client API's Status entity. The part of a post that every reader sees alike is
/// rendered once, kept as bytes, and copied; counters, what the reader did with it, and the author's account are
/// written around it:
/// <code>
///  {"id":…,"content":…,"mentions":[…],…   kept, by the post and its newest edit
///  ,"replies_count":3,…                   written
///  ,"favourited":true,…                   written, when there is a reader
///  ,"poll":{…}                            written around what is kept of it
///  ,"quotes_count":0,…,"quote":{…}         written; a quoted post in the same way as any
///  ,"reblog":{…}                          for boosts: the post within, in the same way
///  ,"account":{…                          kept, by the account's stamp
///   ,"followers_count":7,…}               written
///  }
/// </code>
/// So a page needs no post's body where the bytes are kept: its outline will do. Thread-safe.
/// </summary>
/// <remarks>
/// A post's bytes have names of accounts in them, its author's and those it mentions. They hold because a username
/// never changes and an account never goes; who lets either happen makes it part of the version.
/// </remarks>
internal sealed class StatusRenderer(
    WebOptions options, AccountRenderer accounts, long cacheBytes, EmojiBook? emojis = null,
    TimeProvider? time = null, LookUpCard? cards = null)
{
    /// <summary>What polls may take of the room for posts: few posts have one.</summary>
    private const int PollsShare = 32;

    private readonly PostRenderer _posts = new(options);
    private readonly PollRenderer _polls = new(time ?? TimeProvider.System, cacheBytes / PollsShare);
    private readonly EmojiFragments<uint> _kept = new(cacheBytes, PostRenderer.CommonOf(options), emojis);

    public static string UrlOf(Account author, PostId id, WebOptions options) =>
        $"{options.Root}/@{author.Username}/{id}";

    public static string NameOf(Visibility visibility) => visibility switch
    {
        Visibility.Public => "public",
        Visibility.Unlisted => "unlisted",
        Visibility.Followers => "private",
        _ => "direct",
    };

    /// <summary>A JSON array of posts, as timelines are.</summary>
    public void WritePage(Utf8Buffer to, IReadOnlyList<TimelineEntry> entries, AccountId viewer)
    {
        for (var i = 0; i < entries.Count; i++) Prefetch(entries[i]);
        to.Write("["u8);
        for (var i = 0; i < entries.Count; i++)
        {
            if (i > 0) to.Write(","u8);
            Write(to, entries[i], viewer);
        }
        to.Write("]"u8);
    }

    /// <summary>Finds the rows of a page whose posts' bytes are not kept, and has the processor fetch all that are.
    /// <b>Hot path</b>; allocates nothing.</summary>
    /// <param name="rows">One for each row; the first of them are filled.</param>
    /// <returns>How many are missing.</returns>
    public int FindMissing(OutlinedPage page, Span<int> rows)
    {
        var kept = _kept.Now.Fragments;
        foreach (ref readonly var post in page.Posts.AsSpan())
        {
            kept.Prefetch(post.Ref.Seq);
            accounts.Prefetch(post.Ref.Author);
        }
        var missing = 0;
        for (var row = 0; row < page.Posts.Length; row++)
        {
            ref readonly var post = ref page.Posts[row];
            if (!kept.Has(post.Ref.Seq, post.Ref.Id.Value, post.Edit)) rows[missing++] = row;
        }
        return missing;
    }

    /// <summary>Renders a post of words alone, and keeps it. <b>Hot path.</b></summary>
    /// <param name="scratch">What is written to it has no meaning.</param>
    /// <param name="mentions">As for <see cref="PostRenderer.Write"/>.</param>
    public void Keep(Utf8Buffer scratch, in LentPost post, Account author, IReadOnlyList<Account> mentions)
    {
        var card = CardOf(post);
        if (!card.IsSettled) return;
        scratch.Truncate(0);
        Render(scratch, post, author, mentions, null, card);
    }

    /// <summary>The same array from bytes that are kept. <b>Hot path</b>; allocates nothing where authors are kept,
    /// too.</summary>
    /// <param name="missing">Gets the posts that something is missing of; then the array is of no use.</param>
    public void WritePage(Utf8Buffer to, OutlinedPage page, AccountId viewer, ref List<PostRef>? missing)
    {
        to.Write("["u8);
        for (var row = 0; row < page.Posts.Length; row++)
        {
            if (row > 0) to.Write(","u8);
            var top = row;
            if (!TryWrite(to, page, ref row, viewer)) (missing ??= []).Add(page.Posts[top].Ref);
        }
        to.Write("]"u8);
    }

    public void Write(Utf8Buffer to, TimelineEntry entry, AccountId viewer)
    {
        WriteOpen(to, entry, viewer);
        to.Write("}"u8);
    }

    /// <summary>The entity without its closing brace, so that more members can follow.</summary>
    public void WriteOpen(Utf8Buffer to, TimelineEntry entry, AccountId viewer) =>
        WriteOpen(to, entry, viewer, isQuoted: false);

    private void WriteOpen(Utf8Buffer to, TimelineEntry entry, AccountId viewer, bool isQuoted)
    {
        var post = entry.Post;
        if (!_kept.Now.Fragments.TryCopy(post.Ref.Seq, post.Id.Value, post.Edit, to)) Render(to, entry);
        WriteStats(to, entry.Stats);
        if (!viewer.IsNone) WriteReader(to, entry.Stats, post.Author == viewer);
        if (entry.Filtered is { } matches) WriteFiltered(to, matches, post.Author == viewer);
        WritePoll(to, post, entry.Stats, viewer);
        if (entry.Boosted is { } boosted)
        {
            QuoteJson.WriteOfBoost(to, boosted.Stats.Quoting, boosted.Post.Author, viewer);
            to.Write(",\"reblog\":"u8);
            Write(to, boosted, viewer);
        }
        else
        {
            WriteQuoting(to, entry, viewer, isQuoted);
        }
        to.Write(",\"account\":"u8);
        accounts.Write(to, entry.Author);
    }

    private void WriteQuoting(Utf8Buffer to, TimelineEntry entry, AccountId viewer, bool isQuoted)
    {
        if (entry.Stats.Quoting is not { } facts)
        {
            QuoteJson.WriteUsual(to, viewer);
            return;
        }
        QuoteJson.WriteApproval(to, facts, facts.Count, entry.Post.Author, viewer);
        if (isQuoted || facts.Quote is not { } quote)
        {
            QuoteJson.WriteShallow(to, facts.Quote);
            return;
        }
        QuoteJson.WriteOpen(to, quote);
        if (entry.Quoted is { } quoted)
        {
            WriteOpen(to, quoted, viewer, isQuoted: true);
            to.Write("}}"u8);
        }
        else
        {
            to.Write("null}"u8);
        }
    }

    /// <param name="row">Of the post; is moved to the last of those within.</param>
    /// <param name="isQuoted">Whether it is what another quotes.</param>
    private bool TryWrite(Utf8Buffer to, OutlinedPage page, ref int row, AccountId viewer, bool isQuoted = false)
    {
        ref readonly var post = ref page.Posts[row];
        var (account, follows) = (page.Authors[row], page.Follows[row]);
        var isKept = _kept.Now.Fragments.TryCopy(post.Ref.Seq, post.Ref.Id.Value, post.Edit, to);
        WriteStats(to, post.Stats);
        if (!viewer.IsNone) WriteReader(to, post.Stats, post.Ref.Author == viewer);
        if (post.Stats.Poll is null) to.Write(",\"poll\":null"u8);
        else isKept &= _polls.TryWrite(to, post, viewer);
        if (post.Ref.Kind == PostKind.Boost)
        {
            row++;
            QuoteJson.WriteOfBoost(to, page.Posts[row].Stats.Quoting, page.Posts[row].Ref.Author, viewer);
            to.Write(",\"reblog\":"u8);
            isKept &= TryWrite(to, page, ref row, viewer);
        }
        else if (post.Stats.Quoting is { } facts)
        {
            isKept &= TryWriteQuoting(to, facts, page, ref row, viewer, isQuoted);
        }
        else
        {
            QuoteJson.WriteUsual(to, viewer);
        }
        to.Write(",\"account\":"u8);
        accounts.WriteOpen(to, account, follows, post.AuthorCounts);
        to.Write("}}"u8);
        return isKept;
    }

    private bool TryWriteQuoting(
        Utf8Buffer to, QuoteFacts facts, OutlinedPage page, ref int row, AccountId viewer, bool isQuoted)
    {
        QuoteJson.WriteApproval(to, facts, facts.Count, page.Posts[row].Ref.Author, viewer);
        if (isQuoted || facts.Quote is not { } quote)
        {
            QuoteJson.WriteShallow(to, facts.Quote);
            return true;
        }
        QuoteJson.WriteOpen(to, quote);
        if (!quote.IsShown)
        {
            to.Write("null}"u8);
            return true;
        }
        row++;
        var isKept = TryWrite(to, page, ref row, viewer, isQuoted: true);
        to.Write("}"u8);
        return isKept;
    }

    private void Prefetch(TimelineEntry entry)
    {
        _kept.Now.Fragments.Prefetch(entry.Post.Ref.Seq);
        accounts.Prefetch(entry.Post.Author);
        if (entry.Boosted is { } boosted) Prefetch(boosted);
        if (entry.Quoted is { } quoted) Prefetch(quoted);
    }

    private static void WriteStats(Utf8Buffer to, in PostStats stats)
    {
        to.Write(",\"replies_count\":"u8);
        to.WriteNumber(stats.Replies);
        to.Write(",\"reblogs_count\":"u8);
        to.WriteNumber(stats.Boosts);
        to.Write(",\"favourites_count\":"u8);
        to.WriteNumber(stats.Favourites);
    }

    private static void WriteReader(Utf8Buffer to, in PostStats stats, bool isOwn)
    {
        to.Write((stats.Favourited, stats.Boosted) switch
        {
            (false, false) => ",\"favourited\":false,\"reblogged\":false"u8,
            (false, true) => ",\"favourited\":false,\"reblogged\":true"u8,
            (true, false) => ",\"favourited\":true,\"reblogged\":false"u8,
            (true, true) => ",\"favourited\":true,\"reblogged\":true"u8,
        });
        to.Write((stats.Muted, stats.Bookmarked) switch
        {
            (false, false) => ",\"muted\":false,\"bookmarked\":false,\"filtered\":[]"u8,
            (false, true) => ",\"muted\":false,\"bookmarked\":true,\"filtered\":[]"u8,
            (true, false) => ",\"muted\":true,\"bookmarked\":false,\"filtered\":[]"u8,
            (true, true) => ",\"muted\":true,\"bookmarked\":true,\"filtered\":[]"u8,
        });
        if (isOwn) to.Write(stats.Pinned ? ",\"pinned\":true"u8 : ",\"pinned\":false"u8);
    }

    /// <summary>In the place of the empty list that was just written.</summary>
    private static void WriteFiltered(Utf8Buffer to, IReadOnlyList<FilterMatch> matches, bool isOwn)
    {
        // One's own posts are not filtered, but for boosts of others', which are never pinned.
        if (isOwn) to.Truncate(to.Length - ",\"pinned\":false"u8.Length);
        to.Truncate(to.Length - "[]"u8.Length);
        FilterJson.Write(to, matches);
        if (isOwn) to.Write(",\"pinned\":false"u8);
    }

    /// <summary>The Poll entity by itself. The post must have one.</summary>
    public void WritePoll(Utf8Buffer to, TimelineEntry entry, AccountId viewer) =>
        _polls.Write(to, entry.Post, entry.Stats.Poll!, viewer);

    private void WritePoll(Utf8Buffer to, Post post, in PostStats stats, AccountId viewer)
    {
        // Both are as of their own moment: an edit may have put the poll there, or taken it away, between.
        if (post.Poll is null || stats.Poll is null)
        {
            to.Write(",\"poll\":null"u8);
            return;
        }
        to.Write(",\"poll\":"u8);
        _polls.Write(to, post, stats.Poll, viewer);
    }

    private void Render(Utf8Buffer to, TimelineEntry entry)
    {
        var post = LentPost.Of(entry.Post);
        Render(to, post, entry.Author.Account, entry.Mentions, entry.QuotedAuthor, CardOf(post));
    }

    private void Render(
        Utf8Buffer to, in LentPost post, Account author, IReadOnlyList<Account> mentions, Account? quotedAuthor,
        CardAnswer card)
    {
        var start = to.Length;
        var kept = _kept.Now;
        _posts.Write(to, post, author, mentions, quotedAuthor, card.Card, kept.Emojis);
        // Without its author a quoted post has no address: that may change, and is nothing to keep. So is a link of
        // which more is known in a moment.
        if (!card.IsSettled || (post.Quotes && quotedAuthor is null)) return;
        kept.Fragments.Add(post.Ref.Seq, post.Ref.Id.Value, post.Edit, to.Written[start..]);
    }

    /// <summary>What is known of a post's first link. Posts that show pictures or another post have no card; neither
    /// have direct ones, whose links are nobody else's business, and links that lead here.</summary>
    public CardAnswer CardOf(in LentPost post)
    {
        if (cards is null || post.HasMedia || post.Quotes || post.Visibility == Visibility.Direct
            || !post.Text.Contains("://", StringComparison.Ordinal))
        {
            return CardAnswer.Nothing;
        }
        return Links.Of(post.Text) is [var link, ..] && !LeadsHere(link) ? cards(link) : CardAnswer.Nothing;
    }

    private bool LeadsHere(string link) =>
        link.StartsWith(options.Root, StringComparison.OrdinalIgnoreCase)
        && (link.Length == options.Root.Length || link[options.Root.Length] is '/' or '?');
}
