using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;
using Roost.Engine.Text;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Services.Search;

/// <summary>
/// Finds posts: reads the query, looks its names up, adds who may find what, and asks the <see cref="Root"/>. Found by
/// their words are public posts, and what one wrote oneself or is named in, and in one's library what one marked, too;
/// what of that may be seen, hydration decides at the end.
/// </summary>
internal sealed class PostFinder(Root root, UsersApi users, PostsApi posts, MarksApi? marks, TimeProvider time)
{
    /// <summary>A page towards newer posts walks down from the newest: not further than this many pages.</summary>
    private const int UpwardPagesMax = 50;

    public async ValueTask<FoundPosts> FindAsync(FindPosts request, Call call)
    {
        var (clause, error) = QueryParser.Parse(request.Text);
        if (request.WordsOtherwise)
            clause ??= QueryParser.Words(request.Text);
        else if (error is not null)
            return FoundPosts.Wrong(error);
        if (clause is null)
            return FoundPosts.Nothing;
        var marked = await MarkedAsync(request.Viewer, clause, call);
        var query = await BindAsync(request.Viewer, clause, marked, call);
        if (query is null)
            return request.WordsOtherwise ? FoundPosts.Nothing : FoundPosts.Wrong(AsksNothing(request.Text));
        List<QueryNode> parts = [query, FindableBy(request.Viewer, marked)];
        if (!request.Author.IsNone)
            parts.Add(new AuthorNode(request.Author));
        return await RunAsync(parts, request.Range, call);
    }

    public async ValueTask<QueryRead> ReadAsync(ReadQuery request, Call call)
    {
        var (clause, error) = QueryParser.Parse(request.Text);
        if (error is not null)
            return new QueryRead(null, error);
        var marked = await MarkedAsync(request.Viewer, clause!, call);
        return await BindAsync(request.Viewer, clause!, marked, call) is { } query
            ? new QueryRead(query, null)
            : new QueryRead(null, AsksNothing(request.Text));
    }

    public ValueTask<FoundPosts> TaggedAsync(FindTagged request, Call call)
    {
        List<QueryNode> parts = [new OrNode([.. request.Any.Select(Tag)])];
        parts.Add(request.Author.IsNone ? new FlagsNode(PostFlags.IsPublic) : new AuthorNode(request.Author));
        parts.AddRange(request.All.Select(Tag));
        parts.AddRange(request.None.Select(tag => new NotNode(Tag(tag))));
        if (request.OnlyMedia)
            parts.Add(new FlagsNode(PostFlags.HasMedia));
        return RunAsync(parts, request.Range, call);
    }

    public ValueTask<FoundPosts> LinkedAsync(FindLinked request, Call call) =>
        RunAsync([new FlagsNode(PostFlags.IsPublic | PostFlags.HasLink), Words(request.Url)], request.Range, call);

    /// <summary>Counts all of them, a thousand at a time.</summary>
    public async ValueTask<TaggedCount> CountTaggedAsync(CountTagged request, Call call)
    {
        var query = new AndNode([new FlagsNode(PostFlags.IsPublic), new AuthorNode(request.Author), Tag(request.Tag)]);
        var (count, newest) = (0, 0L);
        for (SearchKey? next = SearchKey.Newest; next is { } before;)
        {
            var page = await root.AskAsync(new ShardQuery(query, before, SearchRequest.LimitMax), call);
            if (count == 0 && page.Hits.Count > 0)
                newest = page.Hits[0].UnixMilliseconds;
            count += page.Hits.Count;
            next = page.IsPartial ? null : page.Next;
        }
        return new TaggedCount(
            count,
            count == 0 ? null : DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(newest).UtcDateTime));
    }

    /// <summary>What a text is cut into, one behind the other.</summary>
    private static QueryNode Words(string text)
    {
        var terms = new TokenList();
        Tokenizer.Tokenize(text, terms);
        var phrase = new List<PhraseTerm>(terms.Count);
        for (var i = 0; i < terms.Count; i++)
        {
            if (!terms.Tokens[i].IsExtra)
                phrase.Add(new PhraseTerm(new SearchTerm(terms.TermAt(i)), terms.Terms[i].Position));
        }
        return phrase.Count switch
        {
            0 => new OrNode([]),
            1 => new TermNode(phrase[0].Term),
            _ => new PhraseNode([.. phrase.Select(term => term with { Offset = term.Offset - phrase[0].Offset })]),
        };
    }

    private static QueryNode Tag(string name)
    {
        var terms = new TokenList();
        Tokenizer.Tokenize("#" + name, terms);
        return terms.Count > 0 && terms.Tokens[0].Kind == TokenKind.Hashtag
            ? new TermNode(new SearchTerm(terms.TermAt(0)))
            : new OrNode([]);
    }

    private static QueryError AsksNothing(string text) => new(0, text.Length, "there is nothing to look for.");

    private async ValueTask<QueryNode?> BindAsync(
        AccountId viewer, QueryClause clause, PostsNode? marked, Call call)
    {
        var accounts = await AccountsAsync(clause, call);
        return new QueryBinder(viewer, name => accounts.GetValueOrDefault(Username(name)), marked).Bind(clause);
    }

    private static QueryNode FindableBy(AccountId viewer, PostsNode? marked)
    {
        var listed = new FlagsNode(PostFlags.IsPublic | PostFlags.IsIndexable);
        if (viewer.IsNone)
            return listed;
        List<QueryNode> parts = [listed, new AuthorNode(viewer), new TermNode(SearchKeys.Mentioning(viewer))];
        if (marked is not null)
            parts.Add(marked);
        return new OrNode([.. parts]);
    }

    /// <summary>What the viewer marked, if the query means it.</summary>
    private async ValueTask<PostsNode?> MarkedAsync(AccountId viewer, QueryClause clause, Call call) =>
        marks is null || viewer.IsNone || !QueryBinder.NamesLibrary(clause)
            ? null
            : new PostsNode([.. await marks.Own(new ListOwnMarks(viewer), call)]);

    private async ValueTask<Dictionary<string, AccountId>> AccountsAsync(QueryClause clause, Call call)
    {
        var names = QueryBinder.Names(clause).Select(Username).Distinct().ToArray();
        var found = names.Length == 0 ? [] : await users.Find(new FindAccounts(names), call);
        return names.Zip(found).Where(pair => pair.Second is not null)
            .ToDictionary(pair => pair.First, pair => pair.Second!.Id);
    }

    /// <summary>The name in <c>@ann</c> and <c>ann@ours.example</c>.</summary>
    private static string Username(string name)
    {
        var bare = name.TrimStart('@');
        var at = bare.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? bare : bare[..at];
    }

    private async ValueTask<FoundPosts> RunAsync(List<QueryNode> parts, SearchRange range, Call call)
    {
        var before = range.Below ?? (range.Before.IsNone
            ? SearchKey.Newest
            : new SearchKey(range.Before.UnixMilliseconds, await posts.Locate(new LocatePost(range.Before), call)));
        var floor = default(SearchKey);
        if (!range.After.IsNone)
        {
            var after = new PostId(range.After.Value + 1);
            floor = new SearchKey(range.After.UnixMilliseconds, await posts.Locate(new LocatePost(after), call) - 1);
            parts.Add(new TimeNode(range.After.UnixMilliseconds, long.MaxValue));
        }
        var query = new ShardQuery(new AndNode([.. parts]), before, range.Offset + range.Limit);
        if (range.WaitMax > TimeSpan.Zero)
            query = query with { UpTo = await posts.Locate(LocatePost.End, call) - 1, WaitMax = range.WaitMax };
        if (range.ByRelevance)
            return await RankedAsync(query, floor, range, call);
        if (range.Oldest)
            return await UpwardsAsync(query, floor, range.Limit, call);
        var page = await root.AskAsync(query, call);
        // Newest first: those above the floor come before all others.
        var above = page.Hits.Count;
        while (above > 0 && page.Hits[above - 1].Key <= floor) above--;
        var refs = new PostRef[Math.Max(0, above - range.Offset)];
        for (var i = 0; i < refs.Length; i++) refs[i] = Ref(page.Hits[range.Offset + i]);
        var isEnd = above < page.Hits.Count;
        return new FoundPosts(refs, isEnd ? null : page.Next, page.IsPartial, null);
    }

    private async ValueTask<FoundPosts> RankedAsync(ShardQuery query, SearchKey floor, SearchRange range, Call call)
    {
        var relevance = range.Ranked ?? new Relevance(time.GetUtcNow().ToUnixTimeMilliseconds());
        var page = await root.AskAsync(query with { Relevance = relevance }, call);
        var hits = page.Hits.Where(hit => hit.Key > floor).Skip(range.Offset);
        return new FoundPosts([.. hits.Select(Ref)], null, page.IsPartial, null)
        {
            NextRanked = page.NextRanked is { } last ? relevance with { After = last } : null,
        };
    }

    /// <summary>The page just above <paramref name="floor"/>.</summary>
    private async ValueTask<FoundPosts> UpwardsAsync(ShardQuery query, SearchKey floor, int limit, Call call)
    {
        var nearest = new List<SearchHit>();
        SearchKey? next = query.Before;
        var isPartial = false;
        for (var pages = 0; next is { } before && pages < UpwardPagesMax; pages++)
        {
            var page = await root.AskAsync(query with { Before = before, Limit = SearchRequest.LimitMax }, call);
            nearest.AddRange(page.Hits.Where(hit => hit.Key > floor));
            if (nearest.Count > limit)
                nearest.RemoveRange(0, nearest.Count - limit);
            next = page.Next is { } below && below > floor ? below : null;
            isPartial |= page.IsPartial;
        }
        return new FoundPosts([.. nearest.Select(Ref)], null, isPartial || next is not null, null);
    }

    private static PostRef Ref(SearchHit hit) => new(default, hit.Seq, PostKind.Post, hit.Author, default);
}
