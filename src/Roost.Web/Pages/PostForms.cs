using System.Globalization;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Statuses;

namespace Roost.Web.Pages;

/// <summary><c>POST /posts/:id/…</c>: the buttons below a post.</summary>
internal static class PostForms
{
    public static void Map(PageRoutes routes)
    {
        Map(routes, "boost", async (call, me, id) =>
            await call.Services.Posts.Boost(
                new BoostPost(me, id, ReblogStatus.UsualVisibility(call.SignedIn().Profile.Posting)), call.Rpc)
                is not null);
        Map(routes, "unboost", async (call, me, id) =>
            await call.Services.Posts.Unboost(new UnboostPost(me, id), call.Rpc));
        Map(routes, "favourite", async (call, me, id) =>
            await call.Services.Posts.Favourite(new FavouritePost(me, id), call.Rpc));
        Map(routes, "unfavourite",
            async (call, me, id) => await call.Services.Posts.Unfavourite(new UnfavouritePost(me, id), call.Rpc));
        MapMark(routes, "bookmark", PostMark.Bookmark);
        MapMark(routes, "pin", PostMark.Pin);
        routes.Post("/posts/{id}/vote", VoteAsync);
        routes.Get("/posts/{id}/delete", AskAsync);
        Map(routes, "delete", async (call, me, id) =>
            await call.Services.Posts.Delete(new DeletePost(me, id), call.Rpc) is not null);
    }

    /// <summary>Whether it is meant, asked by a page, since a deletion cannot be undone.</summary>
    private static async Task AskAsync(PageCall call)
    {
        var viewer = call.SignedIn();
        _ = PostId.TryParse((string?)call.Http.Request.RouteValues["id"], out var id);
        var entries = await call.Services.Timelines.Hydrate(
            new HydratePosts(viewer.Id, [StatusReply.RefOf(id)]), call.Rpc);
        if (entries[0] is not { } entry || entry.Post.Author != viewer.Id) throw Gone();
        var returnTo = PageCall.LocalPath(Parameters.OfQuery(call.Http.Request).Text("return_to")) ?? "/";
        await call.ShowAsync<DeletePage>(new DeleteModel(call.Frame(call.T("Delete this post?")), entry, returnTo));
    }

    private static async Task VoteAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        if (!PostId.TryParse((string?)call.Http.Request.RouteValues["id"], out var id)) throw Gone();
        try
        {
            if (!await VoteAsync(call, viewer.Id, id, form)) throw Gone();
        }
        catch (ServiceException e) when (e.Code == ErrorCode.Invalid)
        {
            await ShowThread.ShowAsync(call, id, call.InWords(e), ErrorReplies.StatusOf(e.Code));
            return;
        }
        call.GoBack(form);
    }

    private static async Task<bool> VoteAsync(PageCall call, AccountId me, PostId id, Parameters form)
    {
        var choices = new List<int>();
        foreach (var text in form.List("choices"))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var choice))
                throw Faults.Invalid("Choose one of the options.");
            choices.Add(choice);
        }
        if (choices.Count == 0) throw Faults.Invalid("Choose an option before you vote.");
        return await call.Services.Polls.Vote(new VoteInPoll(me, id, choices), call.Rpc);
    }

    private static void MapMark(PageRoutes routes, string verb, PostMark mark)
    {
        Map(routes, verb, async (call, me, id) =>
            await call.Services.Marks.Mark(new MarkPost(me, id, mark, IsSet: true), call.Rpc));
        Map(routes, "un" + verb, async (call, me, id) =>
            await call.Services.Marks.Mark(new MarkPost(me, id, mark, IsSet: false), call.Rpc));
    }

    private static void Map(PageRoutes routes, string verb, Func<PageCall, AccountId, PostId, Task<bool>> act) =>
        routes.Post($"/posts/{{id}}/{verb}", async (call, form) =>
        {
            var viewer = call.SignedIn();
            if (!PostId.TryParse((string?)call.Http.Request.RouteValues["id"], out var id)
                || !await act(call, viewer.Id, id))
                throw Gone();
            call.GoBack(form);
        });

    private static ServiceException Gone() => new(ErrorCode.NotFound, "That post is not there any more.");
}
