using Roost.Web.OAuth;
using Roost.Web.Pages.Finding;
using Roost.Web.Pages.Hiding;
using Roost.Web.Pages.Ops;
using Roost.Web.Settings;
using Roost.Web.Streaming;

namespace Roost.Web.Pages;

/// <summary>Every page, and every form on them.</summary>
internal static class PageEndpoints
{
    public static void Map(PageRoutes routes)
    {
        FrontPage.Map(routes);
        ShowShell.Map(routes);
        ShowSearch.Map(routes);
        ShowTags.Map(routes);
        ShowLists.Map(routes);
        ShowMarked.Map(routes);
        ShowOps.Map(routes);
        ShowPeople.Map(routes);
        ShowLive.Map(routes);
        ShowErrors.Map(routes);
        ShowNetwork.Map(routes);
        DataPages.Map(routes);
        ShowAbout.Map(routes);
        ShowLocal.Map(routes);
        ShowProfile.Map(routes);
        ShowFollows.Map(routes);
        ShowThread.Map(routes);
        ShowVersions.Map(routes);
        ShowCard.Map(routes);
        ShowEmbed.Map(routes);
        ShowNotifications.Map(routes);
        SignInOut.Map(routes);
        ShowStanding.Map(routes);
        ComposeForm.Map(routes);
        Redraft.Map(routes);
        ReportForm.Map(routes);
        FollowForm.Map(routes);
        ShowMutes.Map(routes);
        ShowBlocks.Map(routes);
        ShowFilters.Map(routes);
        FilterPost.Map(routes);
        PostForms.Map(routes);
        SettingsForms.Map(routes);
        OwnAccountForms.Map(routes);
        Authorize.Map(routes);
        MapStreams(routes);
    }

    /// <summary>Those that stay open.</summary>
    public static void MapStreams(PageRoutes routes) => OpenPageStream.Map(routes);
}
