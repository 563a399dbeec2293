"""The desk's addresses, below /desk/."""

from django.urls import path
from django.views.decorators.gzip import gzip_page

from digests.editor import acts, board, desk, exports, imports, pictures, publication, texts, threads

# The two pages that hold a whole thread are compressed here: 1.5 MB become 0.4 for 2,000 comments.
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("imports/", desk.imports, name="imports"),
    path("imports/<int:run_id>/", imports.import_run, name="import-run"),
    path("imports/<int:run_id>/cancel/", imports.cancel, name="import-cancel"),
    path("imports/<int:run_id>/retry/", imports.retry, name="import-retry"),
    path("threads/", threads.threads, name="threads"),
    path("threads/<int:thread_id>/", gzip_page(threads.thread), name="thread"),
    path("threads/<int:thread_id>/import/", threads.import_again, name="thread-import"),
    path("digests/", desk.new_digest, name="digest-new"),
    path("digests/<int:digest_id>/", gzip_page(board.board), name="board"),
    path("digests/<int:digest_id>/comments/", acts.comments, name="board-comments"),
    path("digests/<int:digest_id>/quotes/", acts.quotes, name="board-quotes"),
    path("digests/<int:digest_id>/quotes/<int:quote_id>/", texts.quote, name="board-quote"),
    path("digests/<int:digest_id>/head/", texts.head, name="board-head"),
    path("digests/<int:digest_id>/picture/", pictures.picture, name="digest-picture"),
    path("digests/<int:digest_id>/preview/", publication.preview, name="preview"),
    path("digests/<int:digest_id>/publish/", publication.publish, name="publish"),
    path("digests/<int:digest_id>/unpublish/", publication.unpublish, name="unpublish"),
    path("digests/<int:digest_id>/delete/", publication.delete, name="digest-delete"),
    path("digests/<int:digest_id>/export/", exports.export, name="export"),
    path("digests/<int:digest_id>/export/post/", exports.post_file, name="export-post"),
    path("digests/<int:digest_id>/export/json/", exports.json_file, name="export-json"),
    path("export.zip", exports.archive, name="export-all"),
]
