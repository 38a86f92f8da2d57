using Roost.Composition;
using Roost.Web.Pages.Ops;

namespace Roost.Cli.Serve;

/// <summary>Of processes that show <c>/ops</c>, or have most of what it is about.</summary>
internal static class LiveAdmin
{
    /// <summary>With the figures of <c>/ops</c>.</summary>
    public static AdminOptions WithLive(this AdminOptions admin) => admin with
    {
        Figures = [.. admin.Figures.Union(LiveFigures.All)],
        Requests = LiveFigures.Requests,
    };
}
