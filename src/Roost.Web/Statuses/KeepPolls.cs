using System.Globalization;
using Roost.Services.Posts;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Statuses;

/// <summary><c>GET /api/v1/polls/:id</c> and <c>POST …/votes</c>. A poll has the id of its post.</summary>
internal static class KeepPolls
{
    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/polls/{id}", Access.AnyoneBut("read:statuses"), WriteAsync);
        routes.Post("/api/v1/polls/{id}/votes", Access.User("write:statuses"), VoteAsync);
    }

    private static async Task VoteAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        int[] choices = [.. parameters.List("choices").Where(text => !string.IsNullOrEmpty(text)).Select(ChoiceOf)];
        if (!await call.Services.Polls.Vote(new VoteInPoll(call.Viewer, call.PostIdInPath(), choices), call.Rpc))
            throw Faults.NotFound();
        await WriteAsync(call);
    }

    private static async Task WriteAsync(ApiCall call)
    {
        var entry = await StatusReply.FindAsync(call, StatusReply.RefOf(call.PostIdInPath()));
        if (entry is not { Post.Poll: not null, Stats.Poll: not null }) throw Faults.NotFound();
        using var buffer = new Utf8Buffer();
        call.Site.Statuses.WritePoll(buffer, entry, call.Viewer);
        await call.ReplyAsync(buffer);
    }

    private static int ChoiceOf(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var choice)
            ? choice
            : throw Faults.Invalid(
                $"Validation failed: choices[] has '{Parameters.Shortened(text ?? "")}'; send indexes of options");
}
