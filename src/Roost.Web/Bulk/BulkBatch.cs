using System.Buffers;
using Microsoft.AspNetCore.Http;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Limits;
using Roost.Web.OAuth;
using Roost.Web.Rendering;
using Roost.Web.Statuses;

namespace Roost.Web.Bulk;

/// <summary>
/// The items of a request: those that wait to be stored together, and of the earlier ones what they became, since later
/// ones may be about them. Each goes by the rules of a request of its own, for the author whose token it names.
/// </summary>
internal sealed class BulkBatch(Site site, HttpContext http)
{
    private const string Scope = "write:statuses";
    private static readonly string[] _visibilities = ["public", "unlisted", "private"];

    private readonly List<Author> _authors = [];
    private readonly List<string> _asked = [];
    private readonly List<PostId> _made = [];
    private readonly List<Item> _waiting = [];

    /// <summary>Items that wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>Items of the request so far.</summary>
    private int Number => _made.Count + _waiting.Count;

    /// <summary>Takes a token in. One that does not do is told with each of its items.</summary>
    public void AddAuthor(string token)
    {
        RequireRoom(_authors.Count + _asked.Count, "authors");
        _asked.Add(token);
    }

    /// <summary>Waits until all authors so far are known. Before an item is added.</summary>
    public async ValueTask FindAuthorsAsync(Call call)
    {
        if (_asked.Count == 0) return;
        foreach (var some in _asked.Chunk(FindTokens.Max))
        {
            var found = await site.Services.Users.FindTokens(new FindTokens(some), call);
            _authors.AddRange(found.Select(AuthorOf));
        }
        _asked.Clear();
    }

    /// <exception cref="ServiceException">The frame cannot be read.</exception>
    public void AddPost(ReadOnlySpan<byte> payload) => Add("post", payload, static (batch, payload) =>
    {
        var fields = new BulkPayload(payload);
        var (author, about, answers) = (fields.UInt32(), fields.Int32(), fields.Int64());
        var (visibility, sensitive) = (fields.Byte(), fields.Byte());
        var (language, warning, key, text) =
            (fields.ShortText(), fields.LongText().Trim(), fields.ShortText(), fields.Rest().Trim());
        return batch.Checked(author, about, answers, by =>
        {
            Compose.Check(text, warning, batch.Options);
            if (visibility >= _visibilities.Length)
                throw Faults.Invalid($"Validation failed: visibility is {visibility}; it is 0, 1 or 2");
            return new Item(about, null)
            {
                Post = new CreatePost(
                    by.Account, text, warning, sensitive != 0 || warning.Length > 0,
                    Compose.VisibilityOf(_visibilities[visibility]), Compose.LanguageOf(language), new PostId(answers),
                    null, by.AppName, key.Length == 0 ? null : key),
            };
        });
    });

    /// <exception cref="ServiceException">The frame cannot be read.</exception>
    public void AddBoost(ReadOnlySpan<byte> payload) => Add("boost", payload, static (batch, payload) =>
    {
        var fields = new BulkPayload(payload);
        var (author, about, post) = (fields.UInt32(), fields.Int32(), fields.Int64());
        fields.End();
        return batch.Checked(author, about, post, by => about < 0 && post == 0
            ? throw Faults.NotFound()
            : new Item(about, null) { Boost = new BoostPost(by.Account, new PostId(post)) });
    });

    /// <summary>Stores what waits, in one group; writes the answers.</summary>
    public async ValueTask CommitAsync(IBufferWriter<byte> to, Call call)
    {
        if (_waiting.Count == 0) return;
        var places = new int[_waiting.Count];
        var items = new List<BatchItem>(_waiting.Count);
        CreatedPost[] created;
        try
        {
            await MentionAsync(call);
            for (var i = 0; i < places.Length; i++)
                places[i] = Aim(i, places) is { } item ? Append(items, item) : -1;
            created = items.Count == 0 ? [] : await site.Services.Posts.CreateMany(new CreatePosts(items), call);
        }
        catch (ServiceException failure)
        {
            created = new CreatedPost[places.Length];
            Array.Fill(created, new CreatedPost(default, failure));
        }
        for (var i = 0; i < places.Length; i++)
        {
            var one = places[i] < 0 ? new CreatedPost(default, _waiting[i].Refusal) : created[places[i]];
            if (one.Refusal is not null && _waiting[i].By is { IsNone: false } author)
                site.Gate.GiveBack(http, author, LimitKind.Posts);
            Answer(to, one);
        }
        _waiting.Clear();
    }

    private WebOptions Options => site.Options;

    private static Author AuthorOf(Token? token) => new(
        token,
        token is null ? "its token is none, or has ended"
        : token.Account.IsNone ? "its token acts for no account"
        : !Scopes.Covers(token.Scopes, Scope) ? $"its token has not the scope {Scope}"
        : null);

    private static int Append(List<BatchItem> items, in BatchItem item)
    {
        items.Add(item);
        return items.Count - 1;
    }

    private static void RequireRoom(int count, string what)
    {
        if (count >= BulkFormat.ItemsMax)
            throw Faults.Invalid($"The request has more than {BulkFormat.ItemsMax:#,0} {what}; send it in parts.");
    }

    private void Add(string what, ReadOnlySpan<byte> payload, ReadItem read)
    {
        RequireRoom(Number, "posts and boosts");
        try
        {
            _waiting.Add(read(this, payload));
        }
        catch (ServiceException wrong)
        {
            throw Faults.Invalid($"Item {Number}, a {what}, cannot be read: {wrong.Message}.");
        }
    }

    /// <summary>The item, or what it is refused with.</summary>
    private Item Checked(uint author, int about, long id, Func<Token, Item> make)
    {
        var counted = default(AccountId);
        try
        {
            if (author >= _authors.Count)
                throw Faults.Invalid($"It names author {author}; {_authors.Count} came before it.");
            if (about < -1 || about >= Number)
                throw Faults.Invalid($"It is about item {about}, which is not before it.");
            if (about >= 0 && id != 0)
                throw Faults.Invalid($"It is about item {about} and about post {id}; give one of the two.");
            var (token, refusal) = _authors[(int)author];
            if (refusal is not null)
                throw new ServiceException(ErrorCode.Forbidden, $"Author {author} may not post: {refusal}.");
            if (site.Gate.RefusesItem(http, token!.Account, LimitKind.Posts) is { } tooMany)
            {
                throw new ServiceException(ErrorCode.Overloaded,
                    $"Author {author} posts too much; try again in {site.Gate.SecondsToWait(tooMany)} s");
            }
            counted = token.Account;
            return make(token);
        }
        catch (ServiceException refusal)
        {
            if (!counted.IsNone) site.Gate.GiveBack(http, counted, LimitKind.Posts);
            return new Item(about, refusal);
        }
    }

    /// <summary>Finds whom all texts name, with one question to Users.</summary>
    private async ValueTask MentionAsync(Call call)
    {
        var names = new List<string>();
        var counts = new int[_waiting.Count];
        for (var i = 0; i < counts.Length; i++)
        {
            if (_waiting[i].Post is not { } post) continue;
            var named = PostText.MentionNames(post.Text, site.Options.Domain);
            counts[i] = named.Count;
            names.AddRange(named);
        }
        if (names.Count == 0) return;
        var accounts = await site.Services.Users.Find(new FindAccounts(names), call);
        var place = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] == 0) continue;
            AccountId[] mentions = [.. accounts.Skip(place).Take(counts[i]).OfType<Account>().Select(one => one.Id)];
            place += counts[i];
            _waiting[i] = _waiting[i] with { Post = _waiting[i].Post! with { Mentions = mentions } };
        }
    }

    /// <summary>The item as Posts takes it: about one of the same group by its place there, about an earlier one by the
    /// id that it became. Null when it is refused.</summary>
    private BatchItem? Aim(int i, int[] places)
    {
        var item = _waiting[i];
        if (item.Refusal is not null) return null;
        var about = item.About - _made.Count;
        if (item.About < 0 || (about >= 0 && places[about] >= 0))
            return new BatchItem(item.Post, item.Boost, item.About < 0 ? -1 : places[about]);
        var target = about < 0 ? _made[item.About] : default;
        if (!target.IsNone)
        {
            return item.Post is { } post
                ? BatchItem.Of(post with { InReplyTo = target })
                : BatchItem.Of(item.Boost! with { Id = target });
        }
        _waiting[i] = item with
        {
            Refusal = new ServiceException(ErrorCode.NotFound, $"Item {item.About}, which it is about, was refused."),
        };
        return null;
    }

    private void Answer(IBufferWriter<byte> to, in CreatedPost created)
    {
        if (created.Refusal is { } refusal) BulkAnswer.Refused(to, refusal);
        else BulkAnswer.Made(to, created.Ref.Id);
        _made.Add(created.Ref.Id);
    }

    private delegate Item ReadItem(BulkBatch batch, ReadOnlySpan<byte> payload);

    /// <param name="Refusal">Why all its items are refused, or null.</param>
    private sealed record Author(Token? Token, string? Refusal);

    private sealed record Item(int About, ServiceException? Refusal)
    {
        public CreatePost? Post { get; init; }

        public BoostPost? Boost { get; init; }

        public AccountId By => Post?.Author ?? Boost?.Account ?? default;
    }
}
